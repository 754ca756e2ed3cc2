"""Callbacks' pages: the queue and the workspace."""
