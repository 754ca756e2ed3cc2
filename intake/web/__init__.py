"""Intake's pages for people."""
