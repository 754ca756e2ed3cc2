"""Scheduling's spans: half-open stretches of time and the few things done with sequences of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The time from `start` up to but without `end`, both in UTC. Never empty: ValueError otherwise."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("An interval ends after it starts.")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def clipped(self, start: datetime, end: datetime) -> "Interval | None":
        """The part of it within [start, end), or None when there is none."""
        first, last = max(self.start, start), min(self.end, end)
        return Interval(first, last) if first < last else None


def joined(spans: Iterable[Interval]) -> Iterator[Interval]:
    """Yield the union of spans that come ordered by start: disjoint, not touching, ordered. Lazy."""
    current: Interval | None = None
    for span in spans:
        if current is None:
            current = span
        elif span.start <= current.end:
            current = Interval(current.start, max(current.end, span.end))
        else:
            yield current
            current = span
    if current is not None:
        yield current


def clipped(spans: Iterable[Interval], start: datetime, end: datetime) -> Iterator[Interval]:
    """Yield the parts of ordered spans that lie within [start, end); stops reading once past `end`. Lazy."""
    for span in spans:
        if span.start >= end:
            return
        part = span.clipped(start, end)
        if part is not None:
            yield part


def total(spans: Iterable[Interval]) -> timedelta:
    """Return the time that disjoint spans last together."""
    return sum((span.duration for span in spans), timedelta())


def elapse(spans: Iterable[Interval], amount: timedelta) -> datetime | None:
    """Return the first instant by which `amount` (positive) of the ordered, disjoint spans has passed.

    That instant may be the end of a span, the last moment of it. None when the spans together are shorter.
    """
    for span in spans:
        if amount <= span.duration:
            return span.start + amount
        amount -= span.duration
    return None
