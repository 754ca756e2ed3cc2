"""Bench's measure: interleaved pairs, their medians, and what a goal asks of the ratio."""

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

PAIRS = 5
QUICK_PAIRS = 2


class PeerMissing(Exception):  # noqa: N818 - a reason to leave a line open, not an error of ours
    """The peer cannot run here; the text says what would make it run. Our side is measured all the same."""


class Pair(NamedTuple):
    """One of ours and one of theirs, measured one after the other. Theirs is None where the peer is missing."""

    ours: float
    theirs: float | None


@dataclass(frozen=True)
class Bound:
    """What the goal asks of ours divided by theirs, or of ours alone where a goal is a plain limit."""

    limit: float
    is_floor: bool
    of_ratio: bool = True

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_floor else value <= self.limit

    def in_words(self, unit: str) -> str:
        sign = "≥" if self.is_floor else "≤"
        return f"{sign} {self.limit:g} ×" if self.of_ratio else f"{sign} {self.limit:g} {unit}"


def at_least(ratio: float) -> Bound:
    return Bound(ratio, is_floor=True)


def at_most(ratio: float) -> Bound:
    return Bound(ratio, is_floor=False)


def no_more_than(limit: float) -> Bound:
    """A limit in the point's own unit."""
    return Bound(limit, is_floor=False, of_ratio=False)


def no_less_than(limit: float) -> Bound:
    """A floor in the point's own unit."""
    return Bound(limit, is_floor=True, of_ratio=False)


@dataclass(frozen=True)
class Point:
    """One line of the table: a measured situation of a goal. Without a bound it is told, not judged."""

    name: str
    unit: str
    runs: list[Pair]
    bound: Bound | None = None
    # Why there is no peer, or what the reader must know about this line.
    remark: str = ""

    @property
    def ours(self) -> float:
        return median(pair.ours for pair in self.runs)

    @property
    def theirs(self) -> float | None:
        known = [pair.theirs for pair in self.runs if pair.theirs is not None]
        return median(known) if len(known) == len(self.runs) else None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.theirs if self.theirs else None

    @property
    def is_met(self) -> bool | None:
        """None: nothing was asked, or the peer is missing."""
        if self.bound is None:
            return None
        value = self.ratio if self.bound.of_ratio else self.ours
        return None if value is None else self.bound.is_met(value)


@dataclass(frozen=True)
class Outcome:
    """What one goal's run gave: its points, and facts worth a sentence (memory, shares of time, versions)."""

    points: list[Point]
    facts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """How to measure this time."""

    quick: bool

    @property
    def pairs(self) -> int:
        return QUICK_PAIRS if self.quick else PAIRS

    def say(self, line: str) -> None:
        """One line of progress, with the time of day."""
        print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)

    def seconds(self, whole: float) -> float:
        """Length of one timed stretch; a quick run takes a quarter."""
        return whole / 4 if self.quick else whole


@dataclass(frozen=True)
class Goal:
    """One row of the table of goals. `minutes` is about how long a whole run takes on two cores."""

    id: str
    title: str
    ours: str
    theirs: str
    how: str
    minutes: float
    measure: Callable[[Run], Outcome]
    # Measured only when asked for by name: it takes long.
    on_request: bool = False
    # What stands in the way of the goal, told only where a point misses it; figures belong to the outcome's facts.
    obstacle: str = ""


def interleave(
    run: Run, name: str, ours: Callable[[], float], theirs: Callable[[], float] | None, *, unit: str
) -> list[Pair]:
    """Ours, theirs, ours, theirs ... so that whatever else the machine does falls on both."""
    pairs = []
    for number in range(run.pairs):
        pair = Pair(ours(), theirs() if theirs else None)
        beside = f" beside {pair.theirs:.4g}" if pair.theirs is not None else ""
        run.say(f"{name}, {number + 1} of {run.pairs}: {pair.ours:.4g}{beside} {unit}")
        pairs.append(pair)
    return pairs


def microseconds_each(action: Callable[[], object], *, seconds: float) -> float:
    """Mean time of one call over a stretch of about `seconds`, without the collector's pauses."""
    count = 1
    with without_collector():
        while True:
            started = time.perf_counter()
            for _ in range(count):
                action()
            took = time.perf_counter() - started
            if took >= seconds:
                return took / count * 1e6
            count = max(count + 1, int(count * min(100.0, 1.2 * seconds / max(took, 1e-9))))


class without_collector:  # noqa: N801 - reads as a word at its `with`
    """Python's garbage collector rests for the block."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]
