"""Intake's queries: read for screens, write nothing."""
