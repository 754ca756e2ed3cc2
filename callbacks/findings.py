"""Callbacks' findings: a callback that nobody would see, or that does not move; looked for by a beat, never expected."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Q, QuerySet

from audit.findings import FindingKind, Severity, declare_finding, raise_finding
from audit.scope import Subject
from callbacks.models import Callback
from callbacks.queries.queue import OPEN_VIEWS, shown_in
from callbacks.scheduling.due import PromiseFlag
from callbacks.services.deferring import LONGEST_WAIT
from callbacks.states import Status
from lib import clock

INVISIBLE = declare_finding(
    "callback:queue:invisible",
    Severity.ALARM,
    "A callback that is not closed stands in no view of the queue, or in none from which it is worked on",
    "Open it by its reference and give it a status by hand; tell the maintainers what happened to it before.",
)
WITHOUT_DUE_TIME = declare_finding(
    "callback:clock:without-due-time",
    Severity.ALARM,
    "A callback that is not closed has no due time, and nothing says why",
    "Save the clinic's hours once more: due times are computed anew. Tell the maintainers.",
)
STUCK = declare_finding(
    "callback:queue:stuck",
    Severity.ALARM,
    "A callback does not move: its claim is long over, its place in the queue is out of date, or it waits too long",
    "Look whether worker and beat run (/health/ready). If they do, open the callback and put it off or release it.",
)

# Sweeps come every half minute; what they left for this long they will not do.
LEFT_FOR = timedelta(minutes=10)
# One broken thing may break thousands of rows; these say enough.
MOST_RAISED = 50


def check_callbacks() -> int:
    """Raise a finding for every callback that breaks a law of the queue; how many break one. Needs a scope."""
    now = clock.now()
    rows = Callback.objects.exclude(status=Status.CLOSED)
    in_a_view = Q(pk__in=[])
    for view in OPEN_VIEWS:
        in_a_view |= shown_in(view, None, now)
    # Stored states are closed words, but only the application says so: another word is dealt, reviewed and resolved by
    # nobody.
    is_worked_on = Q(status__in=[Status.OPEN, Status.NEEDS_REVIEW, Status.ESCALATED])
    overdue = now - LEFT_FOR
    too_late = now + LONGEST_WAIT + LEFT_FOR
    broken: Mapping[FindingKind, tuple[QuerySet[Callback], str]] = {
        INVISIBLE: (rows.exclude(in_a_view & is_worked_on), "status"),
        WITHOUT_DUE_TIME: (rows.filter(due_at=None).exclude(flags__contains=[PromiseFlag.NO_CALLABLE_TIME]), "due_at"),
    }
    counted = sum(_raise(kind, found, word) for kind, (found, word) in broken.items())
    for word, stuck in {
        "lease_expires_at": Q(lease_expires_at__lt=overdue),
        "regroup_at": Q(regroup_at__lt=overdue),
        "not_before": Q(not_before__gt=too_late),
        "reserved_until": Q(reserved_until__gt=too_late),
    }.items():
        counted += _raise(STUCK, rows.filter(stuck), word)
    return counted


def _raise(kind: FindingKind, rows: QuerySet[Callback], column: str) -> int:
    found = list(rows.order_by("pk").values_list("pk", "clinic_id"))
    for callback_id, clinic_id in found[:MOST_RAISED]:
        raise_finding(
            kind, clinic_id=clinic_id, about=Subject("callback", str(callback_id)), details={"column": column}
        )
    return len(found)
