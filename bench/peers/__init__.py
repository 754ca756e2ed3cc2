"""Bench's peers: what runs beside us, and how it gets here."""
