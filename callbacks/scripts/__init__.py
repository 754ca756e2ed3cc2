"""Callbacks' scripts: what is said on the phone. The steps of a call, our own words, filling and objections; no rows."""
