"""Scheduling's forecast: how many promises would be missed if people went on calling at the present pace."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from callbacks.scheduling.hours import HORIZON, ClinicCalendar, open_intervals
from callbacks.scheduling.instants import in_utc

PACE_OVER = timedelta(minutes=60)


def pace_since(calendar: ClinicCalendar, now: datetime) -> datetime | None:
    """The instant (UTC) since which the clinic was open for 60 minutes up to `now`; None without as much in 21 days."""
    now = in_utc(now)
    missing = PACE_OVER
    for span in reversed(list(open_intervals(calendar, now - HORIZON, now))):
        if missing <= span.duration:
            return span.end - missing
        missing -= span.duration
    return None


def will_miss(left: Iterable[timedelta], calls_an_hour: int) -> int | None:
    """How many of the callers would be called too late, each given by the open time left until their promise runs out.

    The one with the least time is called first: the n-th after n / `calls_an_hour` open hours, and misses when that is
    more than was left. None without a pace to reckon with: nobody called in the last open hour.
    """
    if calls_an_hour == 0:
        return None
    each = PACE_OVER / calls_an_hour
    return sum(each * place > time_left for place, time_left in enumerate(sorted(left), start=1))
