"""Callbacks' supervision: what a supervisor sees of a clinic at this instant, in counts, references and colleagues."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import Clinic, User
from callbacks.calendars import clinic_calendar
from callbacks.models import Attempt, Callback, SyncState, SyncStatus
from callbacks.queries.counts import COUNTED_TO, QueueCounts, queue_counts
from callbacks.queries.metrics.period import DIALLED_AT
from callbacks.queries.ready import ready_callbacks
from callbacks.requests import Urgency
from callbacks.scheduling import wording
from callbacks.scheduling.forecast import pace_since, will_miss
from callbacks.scheduling.hours import open_intervals
from callbacks.scheduling.spans import clipped, total
from callbacks.states import Status


@dataclass(frozen=True)
class HolderRow:
    """A callback in somebody's hands: since when, when they pressed Dial ("" before), how long nothing was saved."""

    id: UUID
    ref: str
    holder: str
    since: str
    dialled: str
    idle: str


@dataclass(frozen=True)
class Forecast:
    """Calls of the last 60 open minutes, and the promises missed at that pace; None where nothing can be said."""

    calls: int
    will_miss: int | None


@dataclass(frozen=True)
class Supervision:
    """One clinic at one instant; counts go no further than COUNTED_TO. `urgent_oldest` is "" without urgent callers."""

    counts: QueueCounts
    ready: int
    urgent_oldest: str
    dead_letters: int
    holders: list[HolderRow]
    forecast: Forecast


def supervision(clinic: Clinic, *, user: User, now: datetime) -> Supervision:
    """Read it with a constant number of queries; opens nothing sealed."""
    untried = Callback.objects.filter(clinic=clinic, attempts_count=0).exclude(status=Status.CLOSED)
    urgent = (
        untried.filter(urgency=Urgency.URGENT).order_by("received_at").values_list("received_at", flat=True).first()
    )
    dead = SyncState.objects.filter(callback__clinic=clinic, status=SyncStatus.DEAD, target__is_enabled=True)
    return Supervision(
        counts=queue_counts(clinic, user=user, now=now),
        ready=ready_callbacks(clinic, now, user=user)[:COUNTED_TO].count(),
        urgent_oldest=wording.duration(now - urgent) if urgent else "",
        dead_letters=dead[:COUNTED_TO].count(),
        holders=_holders(clinic, now),
        forecast=_forecast(clinic, now),
    )


def _holders(clinic: Clinic, now: datetime) -> list[HolderRow]:
    rows = Callback.objects.filter(clinic=clinic, claimed_by__isnull=False, lease_expires_at__gt=now)
    return [
        HolderRow(
            id=callback.pk,
            ref=callback.ref,
            holder=callback.claimed_by.display_name,
            since=wording.shortest_clock(callback.claimed_at, now, clinic.zone),
            dialled=(
                wording.shortest_clock(callback.dial_started_at, now, clinic.zone) if callback.dial_started_at else ""
            ),
            idle=wording.duration(max(now - (callback.dial_started_at or callback.claimed_at), timedelta())),
        )
        for callback in rows.select_related("claimed_by").order_by("claimed_at")
        # A claim is whole or absent, which the table holds to and the types do not know.
        if callback.claimed_by is not None and callback.claimed_at is not None
    ]


def _forecast(clinic: Clinic, now: datetime) -> Forecast:
    calendar = clinic_calendar(clinic)
    since = pace_since(calendar, now)
    if since is None:
        return Forecast(0, None)
    attempts = Attempt.objects.standing().filter(callback__clinic=clinic).annotate(dialled_at=DIALLED_AT)
    calls = attempts.filter(dialled_at__gte=since, dialled_at__lte=now).count()
    promises = list(
        Callback.objects.filter(clinic=clinic, attempts_count=0, promised_by__gt=now)
        .exclude(status=Status.CLOSED)
        .order_by("promised_by")
        .values_list("promised_by", flat=True)[:COUNTED_TO]
    )
    spans = list(open_intervals(calendar, now, promises[-1])) if promises else []
    return Forecast(calls, will_miss((total(clipped(spans, now, promised)) for promised in promises), calls))
