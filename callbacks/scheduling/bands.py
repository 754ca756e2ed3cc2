"""Scheduling's bands: the parts of a local day, for courtesy and for the times callers ask for."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callbacks.scheduling.instants import MINUTES_A_DAY, at_local_minute
from callbacks.scheduling.spans import Interval


@dataclass(frozen=True, slots=True)
class Band:
    """The same stretch of every local day, in minutes since midnight, half-open."""

    from_minute: int
    to_minute: int


class PreferredWindow(StrEnum):
    """When the caller asked to be called, in their own local time."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class HalfDay(StrEnum):
    """The two halves of a callable day; tries in both reach people whom one of them misses."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


# §1: a person who asked for the call may lawfully be called longer; the strictest common hours are the courtesy.
COURTESY_HOURS = Band(8 * 60, 20 * 60)

WHOLE_DAY = Band(0, MINUTES_A_DAY)

BAND_OF_WINDOW = {
    PreferredWindow.ANY: WHOLE_DAY,
    PreferredWindow.MORNING: Band(8 * 60, 12 * 60),
    PreferredWindow.AFTERNOON: Band(12 * 60, 17 * 60),
    PreferredWindow.EVENING: Band(17 * 60, 20 * 60),
}

BAND_OF_HALF_DAY = {
    HalfDay.MORNING: Band(0, 12 * 60),
    HalfDay.AFTERNOON: Band(12 * 60, MINUTES_A_DAY),
}


def within_band(spans: Iterable[Interval], band: Band, zones: Collection[ZoneInfo]) -> Iterator[Interval]:
    """Yield the parts of ordered, disjoint UTC spans at which clocks in every one of the zones are in the band. Lazy."""
    for zone in zones:
        spans = _within_band_of(spans, band, zone)
    yield from spans


def is_in_band(at: datetime, band: Band, zones: Collection[ZoneInfo]) -> bool:
    """Whether clocks in every one of the zones are in the band at this instant."""
    return all(any(at in span for span in _days_of(band, zone, at, at)) for zone in zones)


def next_band_edge(after: datetime, band: Band, zones: Collection[ZoneInfo]) -> datetime | None:
    """Return the first instant after `after` at which some zone's clocks enter or leave the band; None for no zones."""
    edges = (
        edge
        for zone in zones
        for span in _days_of(band, zone, after, after + timedelta(days=1))
        for edge in (span.start, span.end)
        if edge > after
    )
    return min(edges, default=None)


def half_day_of(at: datetime, zone: ZoneInfo) -> HalfDay:
    """Return the half of the zone's day in which the instant lies."""
    return HalfDay.MORNING if at.astimezone(zone).hour < 12 else HalfDay.AFTERNOON


def _within_band_of(spans: Iterable[Interval], band: Band, zone: ZoneInfo) -> Iterator[Interval]:
    for span in spans:
        for day in _days_of(band, zone, span.start, span.end):
            part = span.clipped(day.start, day.end)
            if part is not None:
                yield part


def _days_of(band: Band, zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[Interval]:
    """The band on every local date from that of `first` to that of `last`, in UTC."""
    day = first.astimezone(zone).date()
    last_day = last.astimezone(zone).date()
    while day <= last_day:
        # Longer than any clock change, a band never vanishes in one.
        yield Interval(at_local_minute(day, band.from_minute, zone), at_local_minute(day, band.to_minute, zone))
        day += timedelta(days=1)
