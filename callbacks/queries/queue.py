"""Callbacks' queue: one page of a view in its order, read with a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F, Q, QuerySet

from accounts.models import Clinic, User
from callbacks.models import Callback
from callbacks.queries.crm import sync_chips
from callbacks.queries.paging import after_closed, after_row
from callbacks.queries.ready import QUEUE_ORDER, mine, not_waiting
from callbacks.queries.rows import QueueRow, queue_row
from callbacks.states import Status

PAGE_SIZE = 50


class QueueView(StrEnum):
    """The tabs of the queue."""

    NEXT = "next"
    WAITING = "waiting"
    MINE = "mine"
    REVIEW = "review"
    CLINICAL = "clinical"
    CLOSED = "closed"

    @classmethod
    def of(cls, text: str) -> "QueueView":
        """The view of that name; the first tab for anything else."""
        return cls(text) if text in set(cls) else cls.NEXT


# Where everybody finds what is not closed.
OPEN_VIEWS = (QueueView.NEXT, QueueView.WAITING, QueueView.REVIEW, QueueView.CLINICAL)


@dataclass(frozen=True)
class QueuePage:
    """Rows in order, and the cursor of the next page ("" at the end)."""

    rows: list[QueueRow]
    cursor: str


def queue_page(
    clinic: Clinic, *, view: QueueView, user: User, now: datetime, after: str = "", only: Q | None = None
) -> QueuePage:
    """One page of a clinic's queue as this person may see it; every shown caller is recorded. `only`: fewer rows."""
    rows = (
        Callback.objects.filter(shown_in(view, user, now), only or Q(), clinic=clinic)
        .select_related("claimed_by", "last_attempt_by", "preferred_agent")
    )  # fmt: skip
    found = list(_page_after(rows, clinic, view, after)[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    for callback in page:
        # All rows share the clinic, and with it the calendar that was read once.
        callback.clinic = clinic
    chips = sync_chips([callback.pk for callback in page])
    cursor = str(page[-1].pk) if len(found) > PAGE_SIZE else ""
    return QueuePage(
        rows=[queue_row(callback, user=user, now=now, sync=chips.get(callback.pk)) for callback in page], cursor=cursor
    )


def shown_in(view: QueueView, user: User | None, now: datetime) -> Q:
    """Which callbacks stand in a view; "mine" is nobody's without a person."""
    is_open = ~Q(status=Status.CLOSED)
    match view:
        case QueueView.NEXT:
            # Rows that need review stand here too: a caller in a tab that nobody opens is a lost caller.
            return is_open & not_waiting(now)
        case QueueView.WAITING:
            return is_open & Q(not_before__gt=now)
        case QueueView.MINE:
            return is_open & mine(user, now) if user is not None else Q(pk__in=[])
        case QueueView.REVIEW:
            return Q(status=Status.NEEDS_REVIEW)
        case QueueView.CLINICAL:
            return Q(status=Status.ESCALATED)
        case QueueView.CLOSED:
            return Q(status=Status.CLOSED)


def _page_after(rows: QuerySet[Callback], clinic: Clinic, view: QueueView, after: str) -> QuerySet[Callback]:
    if view is QueueView.CLOSED:
        return after_closed(rows, clinic, after).order_by(F("closed_at").desc(), "id")
    return after_row(rows, clinic, after).order_by(*QUEUE_ORDER)
