"""Callbacks' paging: a cursor is the id of the last row shown; the next page starts after that row's place in order."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Clinic
from callbacks.models import Callback


def after_row(rows: QuerySet[Callback], clinic: Clinic, cursor: str) -> QuerySet[Callback]:
    """Rows that come after the cursor's row in calling order. A broken or foreign cursor starts at the first page."""
    last = _row_of(clinic, cursor)
    if last is None:
        return rows
    same_group = Q(priority_group=last.priority_group)
    same_window = same_group & Q(is_in_window=last.is_in_window)
    same_skips = same_window & Q(skips_count=last.skips_count)
    later_arrival = Q(received_at__gt=last.received_at) | Q(received_at=last.received_at, pk__gt=last.pk)
    if last.due_at is None:
        later_due = Q(due_at__isnull=True) & later_arrival
    else:
        later_due = Q(due_at__gt=last.due_at) | Q(due_at__isnull=True) | (Q(due_at=last.due_at) & later_arrival)
    later = Q(priority_group__gt=last.priority_group) | (same_skips & later_due)
    later |= same_window & Q(skips_count__gt=last.skips_count)
    if last.is_in_window:
        later |= same_group & Q(is_in_window=False)
    # Said once more on its own, for the index: it starts there instead of at the first row.
    return rows.filter(later, priority_group__gte=last.priority_group)


def after_closed(rows: QuerySet[Callback], clinic: Clinic, cursor: str) -> QuerySet[Callback]:
    """Closed rows that were closed before the cursor's row."""
    last = _row_of(clinic, cursor)
    if last is None or last.closed_at is None:
        return rows
    return rows.filter(Q(closed_at__lt=last.closed_at) | Q(closed_at=last.closed_at, pk__gt=last.pk))


def _row_of(clinic: Clinic, cursor: str) -> Callback | None:
    try:
        public_id = UUID(cursor)
    except ValueError:
        return None
    # Of the clinic, not of the view: the row may have left the view since the page was made.
    return Callback.objects.filter(pk=public_id, clinic=clinic).first()
