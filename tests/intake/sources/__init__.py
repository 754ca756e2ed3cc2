"""Tests of intake's sources."""
