"""Tests mirror the rooms; the laws are in tests/policies."""
