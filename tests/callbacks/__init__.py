"""Tests of the work: promises, the queue, claims, attempts, outcomes."""
