"""Intake's call quality: how well the voice side hears and is heard, from instants alone; pure."""
