"""Audit's exports: the trail in files that others can read and check."""
