"""Scheduling's week: a clinic's weekly hours as one value that can be compared, checked, laid over a calendar and said."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from callbacks.scheduling.hours import ClinicCalendar, ClosedDays, Period
from callbacks.scheduling.instants import MINUTES_A_DAY

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_A_WEEK = 7 * MINUTES_A_DAY


@dataclass(frozen=True, slots=True, order=True)
class WeekPeriod:
    """One open stretch of a weekday (Monday is 0), its minutes as `Period` reads them."""

    weekday: int
    opens_minute: int
    closes_minute: int

    @property
    def length(self) -> int:
        """Minutes on a wall clock; one that closes at or before its opening runs over midnight."""
        beyond = 0 if self.closes_minute > self.opens_minute else MINUTES_A_DAY
        return self.closes_minute + beyond - self.opens_minute

    @property
    def start(self) -> int:
        """Minutes since Monday's midnight."""
        return self.weekday * MINUTES_A_DAY + self.opens_minute

    @property
    def hours(self) -> str:
        """`08:00-12:00`; `22:00-02:00` ends the day after."""
        return f"{clock_text(self.opens_minute)}-{clock_text(self.closes_minute)}"

    def __str__(self) -> str:
        return f"{DAY_NAMES[self.weekday]} {self.hours}"


Week = tuple[WeekPeriod, ...]


def clock_text(minute: int) -> str:
    """`08:00`; the last minute of a day is `24:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def overlapping(week: Iterable[WeekPeriod]) -> list[tuple[WeekPeriod, WeekPeriod]]:
    """Pairs of neighbours that overlap, a Sunday night that runs into Monday included; touching is no overlap."""
    ordered = sorted(week)
    if len(ordered) < 2:
        return []
    pairs = [(one, other) for one, other in pairwise(ordered) if one.start + one.length > other.start]
    last, first = ordered[-1], ordered[0]
    if last.start + last.length > first.start + MINUTES_A_WEEK:
        pairs.append((last, first))
    return pairs


def open_minutes(week: Iterable[WeekPeriod]) -> int:
    """How long the clinic is open in a week without special days."""
    return sum(period.length for period in week)


def week_lines(week: Iterable[WeekPeriod]) -> list[str]:
    """A line for each open weekday: `Mon 08:00-12:00, 13:00-17:00`."""
    by_day: dict[int, list[str]] = defaultdict(list)
    for period in sorted(week):
        by_day[period.weekday].append(period.hours)
    return [f"{DAY_NAMES[weekday]} {', '.join(hours)}" for weekday, hours in by_day.items()]


def with_week(calendar: ClinicCalendar, week: Iterable[WeekPeriod]) -> ClinicCalendar:
    """The calendar with other weekly hours; its closures and special days stay."""
    weekly: dict[int, list[Period]] = defaultdict(list)
    for period in sorted(week):
        weekly[period.weekday].append(Period(period.opens_minute, period.closes_minute))
    return replace(calendar, weekly={weekday: tuple(periods) for weekday, periods in weekly.items()})


def with_closures(calendar: ClinicCalendar, closures: Iterable[ClosedDays]) -> ClinicCalendar:
    """The calendar with more closed days."""
    return replace(calendar, closures=(*calendar.closures, *closures))


def with_special_day(calendar: ClinicCalendar, day: date, periods: tuple[Period, ...]) -> ClinicCalendar:
    """The calendar with other hours on one date."""
    return replace(calendar, special_days={**calendar.special_days, day: periods})
