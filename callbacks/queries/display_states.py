"""Callbacks' displayed state as one SQL expression, for filters and counts; states.display_state says the same in
Python, and a test holds the two together.
"""

from datetime import datetime

from django.db.models import Case, CharField, QuerySet, Value, When

from accounts.models import Clinic
from callbacks.models import Callback
from callbacks.queries.ready import may_ring
from callbacks.states import DisplayState


def with_display_state(rows: QuerySet[Callback], clinic: Clinic, now: datetime) -> QuerySet[Callback]:
    """Callbacks of one clinic, each annotated with `display_state` (a DisplayState's value) at this instant.

    Costs one query besides: which zones the clinic's open callbacks ring in. Hours are judged here and not in the
    database, because only the pure calendar knows closures, special days and clock changes.
    """
    stored = (DisplayState.CLOSED, DisplayState.ESCALATED, DisplayState.NEEDS_REVIEW)
    return rows.filter(clinic=clinic).annotate(
        display_state=Case(
            *(When(status=state.value, then=Value(state.value)) for state in stored),
            When(lease_expires_at__gt=now, then=Value(DisplayState.IN_PROGRESS.value)),
            When(not_before__gt=now, then=Value(DisplayState.WAITING.value)),
            When(may_ring(clinic, now), then=Value(DisplayState.READY.value)),
            default=Value(DisplayState.CLOSED_HOURS.value),
            output_field=CharField(),
        )
    )
