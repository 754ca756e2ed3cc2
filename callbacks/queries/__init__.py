"""Callbacks' queries: reads for screens; masked, recorded where a name is shown, and never writing."""
