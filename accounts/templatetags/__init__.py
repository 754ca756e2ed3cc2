"""Accounts' template tags."""
