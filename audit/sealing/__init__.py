"""Audit's sealing: what the trail held is signed every few seconds, so that any later change can be shown."""
