"""Callbacks' metrics, their ground: over what they are taken, and the three shapes of their answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Clinic
from callbacks.models import Attempt, Callback
from callbacks.states import ClosedReason

# No promise of their own: the caller's other callback holds it, or there was no caller.
NO_PROMISE = (ClosedReason.DUPLICATE_MERGED, ClosedReason.TEST_CALL)

# Of an attempt: when dialling began, else when its outcome was saved.
DIALLED_AT = Coalesce("started_at", "recorded_at")


@dataclass(frozen=True)
class Period:
    """One clinic from `start` up to but without `end`, as known at `now`; aware instants."""

    clinic: Clinic
    start: datetime
    end: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        """The end of what has happened already."""
        return min(self.end, self.now)

    def holds(self, column: str) -> Q:
        """Rows whose column lies in the period."""
        return Q(**{f"{column}__gte": self.start, f"{column}__lt": self.until})


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """0 to 100; None of nothing."""
        return 100 * self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Spread:
    """Half took at most `p50`, nine of ten at most `p90`; None when there is nothing to measure."""

    count: int
    p50: timedelta | None
    p90: timedelta | None


def spread(lengths: Iterable[timedelta]) -> Spread:
    found = sorted(lengths)
    return Spread(len(found), _percentile(found, 0.5), _percentile(found, 0.9))


def promised(period: Period) -> QuerySet[Callback]:
    """The clinic's callbacks that carry a promise, of any time."""
    return Callback.objects.filter(clinic=period.clinic).exclude(closed_reason__in=NO_PROMISE)


def standing_attempts(period: Period) -> QuerySet[Attempt]:
    """The clinic's attempts that were not taken back, of any time."""
    return Attempt.objects.standing().filter(callback__clinic=period.clinic)


def of_first_attempt(column: str) -> Subquery:
    """A column of a callback's first attempt, for an annotation; NULL before there is one."""
    first = Attempt.objects.standing().filter(callback=OuterRef("pk")).order_by(DIALLED_AT, "seq")
    return Subquery(first.values(column)[:1])


def _percentile(ordered: list[timedelta], share: float) -> timedelta | None:
    """As PostgreSQL's percentile_cont: between two neighbours in proportion."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
