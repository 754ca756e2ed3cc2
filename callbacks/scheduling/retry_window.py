"""Scheduling's retry windows: the stretch of callable time that the next try aims at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.scheduling.bands import (
    BAND_OF_HALF_DAY,
    BAND_OF_WINDOW,
    Band,
    HalfDay,
    PreferredWindow,
    half_day_of,
    within_band,
)
from callbacks.scheduling.due import first_target
from callbacks.scheduling.hours import HORIZON, ClinicCalendar, advance_callable, callable_intervals, next_callable
from callbacks.scheduling.instants import at_local_minute
from callbacks.scheduling.ladder_rows import WindowRule
from callbacks.scheduling.spans import Interval

OTHER_HALF = {HalfDay.MORNING: HalfDay.AFTERNOON, HalfDay.AFTERNOON: HalfDay.MORNING}

_OPPOSITE_WINDOW = {
    PreferredWindow.MORNING: PreferredWindow.AFTERNOON,
    PreferredWindow.AFTERNOON: PreferredWindow.MORNING,
    PreferredWindow.EVENING: PreferredWindow.MORNING,
}


@dataclass(frozen=True, slots=True)
class RetryPlace:
    """Where and when a try is planned from: `now` in UTC, the clinic's calendar, the zones the number may be in."""

    now: datetime
    calendar: ClinicCalendar
    recipient_zones: tuple[ZoneInfo, ...]
    preferred_window: PreferredWindow

    @property
    def their_zones(self) -> tuple[ZoneInfo, ...]:
        """The zones that "morning" and "other half-day" are read in; the clinic's when the caller's is unknown."""
        return self.recipient_zones or (self.calendar.zone,)

    def callable_from(self, start: datetime, end: datetime) -> Iterator[Interval]:
        return callable_intervals(self.calendar, start, end, self.recipient_zones)


def plan_retry(place: RetryPlace, delay: timedelta, rule: WindowRule) -> Interval | None:
    """Return the stretch of callable time, UTC, in which to try again; None when there is none within 21 days (§2.4).

    `delay` is callable time. Half-days and windows are the caller's; "next day" is the clinic's next callable date. A
    half-day or window that the clinic does not offer by the end of that date, for 15 minutes at least, is not waited
    for: any time of that date will do.
    """
    earliest = advance_callable(place.calendar, place.now, delay, place.recipient_zones)
    if earliest is None:
        return None
    if rule == WindowRule.ANY:
        return next(place.callable_from(earliest, place.now + HORIZON), None)
    next_day = _next_callable_day(place)
    if next_day is None:
        return None
    start = earliest if rule == WindowRule.OTHER_HALF_DAY else max(earliest, next_day.start)
    aimed_at = within_band(place.callable_from(start, next_day.end), _band_of(rule, place), set(place.their_zones))
    return first_target(aimed_at) or next(
        place.callable_from(max(earliest, next_day.start), place.now + HORIZON), None
    )


def _band_of(rule: WindowRule, place: RetryPlace) -> Band:
    """The part of the caller's day that the rule aims at."""
    window = place.preferred_window
    if rule == WindowRule.NEXT_DAY_PREFERRED:
        return BAND_OF_WINDOW[window]
    if rule == WindowRule.NEXT_DAY_OPPOSITE and window != PreferredWindow.ANY:
        return BAND_OF_WINDOW[_OPPOSITE_WINDOW[window]]
    return BAND_OF_HALF_DAY[OTHER_HALF[half_day_of(place.now, place.their_zones[0])]]


def _next_callable_day(place: RetryPlace) -> Interval | None:
    """The clinic's next local date, after today's, with callable time; from midnight to midnight in UTC."""
    zone = place.calendar.zone
    tomorrow = place.now.astimezone(zone).date() + timedelta(days=1)
    first = next_callable(place.calendar, at_local_minute(tomorrow, 0, zone), place.recipient_zones)
    if first is None:
        return None
    day = first.astimezone(zone).date()
    return Interval(at_local_minute(day, 0, zone), at_local_minute(day + timedelta(days=1), 0, zone))
