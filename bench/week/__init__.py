"""Bench's week: a clinic's week through the real services with a moved clock, to see whether promises are kept."""
