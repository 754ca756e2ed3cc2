"""Callbacks' CRM back-off: how long to wait before the next try, and when to stop trying. Pure."""

from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=15)
# A server may ask for more patience than we would have, within the day that a callback may take.
LONGEST_ASKED = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=24)


def pause_after(attempts: int, *, chance: float, asked: timedelta | None = None) -> timedelta:
    """The pause after `attempts` failures in a row (at least 1): full jitter, `chance` (0 to 1) of a ceiling that doubles.

    Where the server asked for a time, at least that, and the jitter on top: all who were asked come back apart.
    """
    ceiling: timedelta = min(FIRST * 2 ** min(max(attempts, 1) - 1, 16), LONGEST)
    return ceiling * chance + min(max(asked or timedelta(0), timedelta(0)), LONGEST_ASKED)
