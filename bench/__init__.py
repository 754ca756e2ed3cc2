"""Bench: every performance goal as a ratio of interleaved runs, the peer beside it. `python -m bench --help`."""
