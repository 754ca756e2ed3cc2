"""Tests of config: the one-command desk, its servers and its settings."""
