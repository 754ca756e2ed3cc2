"""Callbacks' counts: how many wait for what, and whether the queue changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import IntegerField, Max, QuerySet, Subquery
from django.utils.dateparse import parse_datetime

from accounts.models import Clinic, User
from callbacks.models import Callback
from callbacks.queries.ready import mine, not_waiting
from callbacks.states import Status

WITHIN_THE_HOUR = timedelta(hours=1)


# One more than is shown: no page waits for an exact number that nobody reads (decision 18).
COUNTED_TO = 1000


class CountTo(Subquery):
    """How many rows a query has, counted no further than COUNTED_TO."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Callback]) -> None:
        super().__init__(rows.values("pk")[:COUNTED_TO])


@dataclass(frozen=True)
class QueueCounts:
    """Open callbacks of a clinic by what they wait for, each counted to COUNTED_TO."""

    next: int
    waiting: int
    mine: int
    review: int
    clinical: int
    due_within_an_hour: int
    overdue: int
    unkeepable: int

    @property
    def waiting_for_a_call(self) -> int:
        return self.next + self.waiting


def queue_counts(clinic: Clinic, *, user: User, now: datetime) -> QueueCounts:
    """All counts of the queue's head and tabs in one query, none of which looks at the whole queue."""
    is_open = Callback.objects.filter(clinic=clinic).exclude(status=Status.CLOSED)
    untried = is_open.filter(attempts_count=0)
    counted = {
        "next": is_open.filter(not_waiting(now)),
        "waiting": is_open.filter(not_before__gt=now),
        "mine": is_open.filter(mine(user, now)),
        "review": is_open.filter(status=Status.NEEDS_REVIEW),
        "clinical": is_open.filter(status=Status.ESCALATED),
        "due_within_an_hour": untried.filter(due_at__gt=now, due_at__lte=now + WITHIN_THE_HOUR),
        "overdue": untried.filter(due_at__lte=now),
        "unkeepable": untried.filter(flags__contains=["promise_unkeepable"]),
    }
    found = Clinic.objects.filter(pk=clinic.pk).values_list(*map(CountTo, counted.values())).get()
    return QueueCounts(**dict(zip(counted, found, strict=True)))


def open_callbacks(clinic: Clinic, *, at_most: int) -> int:
    """How many callbacks of a clinic are not closed, counted no further than `at_most`."""
    return Callback.objects.filter(clinic=clinic).exclude(status=Status.CLOSED)[:at_most].count()


def queue_version(clinic: Clinic) -> str:
    """When the clinic's queue last changed, as text for the pulse; "" while it is empty."""
    latest: datetime | None = Callback.objects.filter(clinic=clinic).aggregate(latest=Max("updated_at"))["latest"]
    return latest.isoformat() if latest else ""


def queue_changes(clinic: Clinic, *, since: str) -> int:
    """How many callbacks changed after a version; a broken version counts all, so that the page offers to reload."""
    try:
        seen = parse_datetime(since) if since else None
    except ValueError:
        seen = None
    if seen is not None and seen.tzinfo is None:
        # Not one of our versions: those carry their zone.
        seen = None
    rows = Callback.objects.filter(clinic=clinic)
    return (rows.filter(updated_at__gt=seen) if seen else rows)[:1000].count()
