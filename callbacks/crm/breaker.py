"""Callbacks' CRM breaker: when a target is not asked any more, and when one request may try it again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES_IN_ROW = 5
WINDOW = 20
FIRST_OPEN_SECONDS = 60
LONGEST_OPEN_SECONDS = 600


@dataclass(frozen=True)
class Breaker:
    """What a target's latest requests came to. `recent` holds "1" for an answer, "0" for a failure, newest last.

    Open until `open_until`; then, still `is_tripped`, one request probes. `open_seconds` is the last pause, 0 once closed.
    """

    failures_in_row: int = 0
    recent: str = ""
    open_until: datetime | None = None
    open_seconds: int = 0

    @property
    def is_tripped(self) -> bool:
        return self.open_seconds > 0

    def lets_through(self, now: datetime) -> bool:
        return self.open_until is None or self.open_until <= now

    def after(self, *, answered: bool, now: datetime) -> "Breaker":
        """The breaker after one more request. Five failures in a row, or more than half of the last twenty, open it for
        a minute; a failed probe for twice as long as before, ten minutes at most; an answered probe closes it.
        """
        if self.is_tripped:
            return Breaker() if answered else self._opened(now, min(self.open_seconds * 2, LONGEST_OPEN_SECONDS))
        failures = 0 if answered else self.failures_in_row + 1
        recent = (self.recent + ("1" if answered else "0"))[-WINDOW:]
        grown = Breaker(failures_in_row=failures, recent=recent)
        is_bad = len(recent) == WINDOW and recent.count("0") * 2 > WINDOW
        if not answered and (failures >= FAILURES_IN_ROW or is_bad):
            return grown._opened(now, FIRST_OPEN_SECONDS)
        return grown

    def _opened(self, now: datetime, seconds: int) -> "Breaker":
        return Breaker(self.failures_in_row, "", now + timedelta(seconds=seconds), seconds)
