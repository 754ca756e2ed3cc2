"""Intake's services: store what was signed, open callbacks from it, count what was refused."""
