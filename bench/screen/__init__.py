"""Bench of intake's screen: builds its term files and says how much it finds and how little it flags wrongly."""
