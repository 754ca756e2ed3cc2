"""Audit's anchors: places outside the database that keep heads of the chain, so that a cut tail shows."""
