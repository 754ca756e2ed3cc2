"""Browser tests: the pages as people use them, in Debian's Chromium."""
