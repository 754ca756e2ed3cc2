"""Lib's tally: a count that every thread of the process adds to."""

import threading


class Tally:
    """How many so far. Two of them, kept where fields are opened and where they are recorded, must agree."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.fields = 0

    def add(self, count: int) -> None:
        with self._lock:
            self.fields += count
