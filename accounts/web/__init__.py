"""Accounts' pages."""
