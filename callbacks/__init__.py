"""Callbacks is the work: promises, the queue, claims, attempts, outcomes."""
