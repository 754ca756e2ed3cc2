"""Lib holds what two rooms need and no room owns: clock, jobs, logs, errors, keys. No models, no room imports."""
