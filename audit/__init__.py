"""Audit is the trail: what is recorded, by whom, and how it is kept."""
