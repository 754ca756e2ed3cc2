"""Callbacks' metrics of the work's flow: waiting, backlog, what comes and goes, and how claims end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncHour

from callbacks.calendars import clinic_calendar
from callbacks.models import Change
from callbacks.queries.metrics.period import Period, Spread, promised, spread, standing_attempts
from callbacks.scheduling.hours import callable_time_between
from callbacks.states import Command


@dataclass(frozen=True)
class Backlog:
    """Callbacks that wait, by how long ago the caller rang."""

    under_4_hours: int
    under_24_hours: int
    under_72_hours: int
    older: int


@dataclass(frozen=True)
class Hour:
    """What came and what was closed in the hour that begins at `start`."""

    start: datetime
    received: int
    closed: int


def time_to_first_attempt(period: Period) -> Spread:
    """How long callers first dialled in the period had waited, by the clock on the wall."""
    rows = promised(period).filter(period.holds("first_attempt_at")).values_list("received_at", "first_attempt_at")
    return spread(first - received for received, first in rows if first is not None)


def open_time_to_first_attempt(period: Period) -> Spread:
    """How long callers first dialled in the period had waited, counting only time in which they could be called."""
    calendar = clinic_calendar(period.clinic)
    rows = promised(period).filter(period.holds("first_attempt_at"))
    return spread(
        callable_time_between(calendar, row.received_at, row.first_attempt_at, row.recipient_zones)
        for row in rows.only("received_at", "first_attempt_at", "zone_names")
        if row.first_attempt_at is not None
    )


def backlog_by_age(period: Period) -> Backlog:
    """Callbacks not closed at the end of the period, or now if that is earlier, by how long ago the caller rang."""
    at = period.until
    rows = promised(period).filter(Q(closed_at__isnull=True) | Q(closed_at__gt=at), received_at__lte=at)

    def between(low: int, high: int | None) -> Count:
        older = Q(received_at__lte=at - timedelta(hours=low))
        return Count("pk", filter=older & Q(received_at__gt=at - timedelta(hours=high)) if high else older)

    found = rows.aggregate(
        under_4_hours=between(0, 4),
        under_24_hours=between(4, 24),
        under_72_hours=between(24, 72),
        older=between(72, None),
    )
    return Backlog(**found)


def inflow_outflow(period: Period) -> list[Hour]:
    """Callbacks received and callbacks closed in each hour of the clinic's clock; hours without either are left out."""
    counts: dict[datetime, list[int]] = {}
    for place, column in enumerate(("received_at", "closed_at")):
        rows = (
            promised(period).filter(period.holds(column)).annotate(hour=TruncHour(column, tzinfo=period.clinic.zone))
        )
        for hour, number in rows.order_by().values_list("hour").annotate(Count("pk")):
            counts.setdefault(hour, [0, 0])[place] = number
    return [Hour(hour, *counts[hour]) for hour in sorted(counts)]


def claim_to_outcome(period: Period) -> Spread:
    """How long people held a callback until they saved its outcome in the period; late outcomes are left out."""
    rows = standing_attempts(period).filter(period.holds("recorded_at")).exclude(claimed_at=None)
    return spread(
        saved - claimed for saved, claimed in rows.values_list("recorded_at", "claimed_at") if claimed is not None
    )


def skips(period: Period) -> int:
    """How often somebody passed a callback on in the period."""
    return _count(period, Command.SKIP)


def expiries(period: Period) -> int:
    """How often a claim ran out in the period, by when the sweep found it."""
    return _count(period, Command.EXPIRE)


def take_overs(period: Period) -> int:
    """How often a supervisor took a callback over in the period."""
    return _count(period, Command.TAKE_OVER)


def _count(period: Period, command: Command) -> int:
    acts = Change.objects.filter(callback__clinic=period.clinic, command=command, undone_at__isnull=True)
    return acts.filter(period.holds("made_at")).count()
