"""Intake takes signed messages from the voice side and turns them into callbacks."""
