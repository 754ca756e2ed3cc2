"""Scheduling's hours: when a clinic is open, and when it may call a number (callbacks.md §2.5, 2)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.scheduling.bands import COURTESY_HOURS, within_band
from callbacks.scheduling.instants import MINUTES_A_DAY, at_local_minute, in_utc
from callbacks.scheduling.spans import Interval, clipped, elapse, joined, total

# How far a search for open time looks; a clinic shut for longer has its hours not configured.
HORIZON = timedelta(days=21)

_PERIOD = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Period:
    """One open stretch of a local day, in minutes since local midnight; `closes_minute` 1440 is the next midnight.

    One that closes at or before its opening minute runs over midnight and belongs to the date it opens on.
    Raises ValueError for minutes outside the day or a period without length.
    """

    opens_minute: int
    closes_minute: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens_minute < MINUTES_A_DAY and 0 <= self.closes_minute <= MINUTES_A_DAY):
            raise ValueError("A period opens and closes within its day.")
        if self.opens_minute == self.closes_minute:
            raise ValueError("A period needs a length; a whole day is 00:00-24:00.")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read "08:00-12:00", "17:00-24:00" or "22:00-02:00". Raises ValueError for anything else."""
        match = _PERIOD.fullmatch(text)
        if match is None:
            raise ValueError("A period reads like 08:00-12:00.")
        opens_hour, opens, closes_hour, closes = (int(part) for part in match.groups())
        return cls(opens_hour * 60 + opens, closes_hour * 60 + closes)

    def on(self, day: date, zone: ZoneInfo) -> Interval | None:
        """Return it on one local date, in UTC; None where a clock change swallows it whole."""
        closes_on = day if self.closes_minute > self.opens_minute else day + timedelta(days=1)
        start = at_local_minute(day, self.opens_minute, zone)
        end = at_local_minute(closes_on, self.closes_minute, zone)
        return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """A run of closed local dates, both included. Raises ValueError when it ends before it starts."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("The last closed day comes before the first.")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class ClinicCalendar:
    """When a clinic is open, in its own zone: a special day wins over a closure, a closure over the weekday.

    `weekly` maps weekdays (Monday is 0) to their periods; a missing weekday is closed, and so is a special day without
    periods. Periods of a day may touch or overlap. A period that runs over midnight is decided by the date it opens on.
    """

    zone: ZoneInfo
    weekly: Mapping[int, tuple[Period, ...]]
    closures: tuple[ClosedDays, ...] = ()
    special_days: Mapping[date, tuple[Period, ...]] = field(default_factory=dict)

    def periods_on(self, day: date) -> tuple[Period, ...]:
        """Return the periods that open on this local date."""
        special = self.special_days.get(day)
        if special is not None:
            return special
        if any(day in closure for closure in self.closures):
            return ()
        return self.weekly.get(day.weekday(), ())


def open_intervals(calendar: ClinicCalendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """Yield the clinic's open time within [start, end): half-open, disjoint, ordered, UTC. Lazy.

    Each edge is converted on its own local date, so a day with a clock change is as long as it really is.
    """
    start, end = in_utc(start), in_utc(end)
    return clipped(joined(_periods_from(calendar, start, end)), start, end)


def callable_intervals(
    calendar: ClinicCalendar, start: datetime, end: datetime, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> Iterator[Interval]:
    """Yield the time within [start, end) at which the clinic may call a number in these zones. UTC, lazy.

    Open time, cut to 08:00-20:00 in the clinic's zone and in every zone the number may be in (§2.5, 2). No zones means
    the number's zone is unknown and the clinic's stands for it.
    """
    return within_band(open_intervals(calendar, start, end), COURTESY_HOURS, {calendar.zone, *recipient_zones})


def is_open(calendar: ClinicCalendar, at: datetime) -> bool:
    """Whether the clinic is open at this instant."""
    return closes_at(calendar, at) is not None


def closes_at(calendar: ClinicCalendar, at: datetime) -> datetime | None:
    """Return the UTC instant at which the clinic, open at `at`, closes next; None when it is closed then.

    Looks 21 days ahead: a clinic that never closes is said to close there.
    """
    at = in_utc(at)
    first = next(open_intervals(calendar, at, at + HORIZON), None)
    return first.end if first is not None and first.start == at else None


def next_opening(calendar: ClinicCalendar, at: datetime) -> datetime | None:
    """Return the first UTC instant after `at` at which the clinic opens; None when it does not within 21 days."""
    at = in_utc(at)
    return next((span.start for span in open_intervals(calendar, at, at + HORIZON) if span.start > at), None)


def next_callable(
    calendar: ClinicCalendar, at: datetime, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> datetime | None:
    """Return the first UTC instant, `at` or later, at which the number may be called; None when none within 21 days."""
    at = in_utc(at)
    return next((span.start for span in callable_intervals(calendar, at, at + HORIZON, recipient_zones)), None)


def is_callable(calendar: ClinicCalendar, at: datetime, recipient_zones: tuple[ZoneInfo, ...] = ()) -> bool:
    """Whether the clinic may call the number at this instant."""
    at = in_utc(at)
    instant = callable_intervals(calendar, at, at + timedelta.resolution, recipient_zones)
    return next(instant, None) is not None


def callable_time_between(
    calendar: ClinicCalendar, start: datetime, end: datetime, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> timedelta:
    """Return how much callable time lies within [start, end); zero when `end` is not after `start`."""
    return total(callable_intervals(calendar, start, end, recipient_zones))


def callable_minutes_between(
    calendar: ClinicCalendar, start: datetime, end: datetime, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> int:
    """Return the whole callable minutes within [start, end), rounded down."""
    return callable_time_between(calendar, start, end, recipient_zones) // timedelta(minutes=1)


def advance_callable(
    calendar: ClinicCalendar, start: datetime, amount: timedelta, recipient_zones: tuple[ZoneInfo, ...] = ()
) -> datetime | None:
    """Return the first UTC instant by which `amount` of callable time has passed since `start`.

    It may be the last instant of an interval (16:30 + 30 min is 17:00 for a clinic that closes then). A zero amount has
    passed at once. None when the next 21 days do not hold as much. Raises ValueError for a negative amount.
    """
    start = in_utc(start)
    if amount < timedelta():
        raise ValueError("Callable time only runs forward.")
    if not amount:
        return start
    return elapse(callable_intervals(calendar, start, start + HORIZON, recipient_zones), amount)


def _periods_from(calendar: ClinicCalendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """Every period that may touch [start, end), ordered by start."""
    # Yesterday's last period may run into today.
    day = start.astimezone(calendar.zone).date() - timedelta(days=1)
    last_day = end.astimezone(calendar.zone).date()
    while day <= last_day:
        yield from _in_order(period.on(day, calendar.zone) for period in calendar.periods_on(day))
        day += timedelta(days=1)


def _in_order(spans: Iterable[Interval | None]) -> list[Interval]:
    return sorted(span for span in spans if span is not None)
