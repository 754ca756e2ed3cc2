"""Audit's pages for the compliance officer."""
