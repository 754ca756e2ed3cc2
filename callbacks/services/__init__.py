"""Callbacks' services: mutate, audit, announce; keyword-only actor, atomic, version-checked."""
