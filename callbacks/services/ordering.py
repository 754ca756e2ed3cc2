"""Callbacks' ordering: a callback's place in the queue, stored with it so that pages need only an index (decision 18)."""

from datetime import datetime

from django.db import transaction

from callbacks.calendars import clinic_calendar
from callbacks.ladders import clinic_ladder
from callbacks.models import Callback
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.due import PromiseFlag
from callbacks.scheduling.ladder import attempts_max
from callbacks.scheduling.priority import Priority, PriorityFacts, priority
from callbacks.states import Status, WaitReason
from lib import clock

SWEEP_LIMIT = 500


def priority_of(callback: Callback, now: datetime) -> Priority:
    """The pure rule's answer for a stored callback that is not closed."""
    urgency = Urgency(callback.urgency)
    facts = PriorityFacts(
        status=Status(callback.status),
        urgency=urgency,
        due_at=callback.due_at,
        preferred_window=PreferredWindow(callback.preferred_window),
        is_window_unavailable=PromiseFlag.PREFERRED_WINDOW_UNAVAILABLE in callback.flags,
        is_attempted=callback.first_attempt_at is not None,
        is_reached=callback.reached_at is not None,
        attempts_made=callback.attempts_count,
        attempts_max=attempts_max(urgency, clinic_ladder(callback.clinic)),
        wait_reason=WaitReason(callback.wait_reason),
        not_before=callback.not_before,
        target_from=callback.target_from,
        target_to=callback.target_to,
    )
    return priority(facts, now, clinic_calendar(callback.clinic), callback.recipient_zones)


def place_in_queue(callback: Callback) -> None:
    """Set the stored place from the pure rule; the caller saves. A closed callback has no place left to change."""
    if callback.status == Status.CLOSED:
        callback.regroup_at = None
        return
    place = priority_of(callback, clock.now())
    callback.priority_group = place.group
    callback.is_in_window = place.in_window
    callback.regroup_at = place.regroup_at


def sweep_places() -> int:
    """Re-place callbacks whose group or window changes with time alone; how many were looked at.

    Neither `version` nor `updated_at` moves: nobody's open form becomes outdated because a clock ticked.
    """
    with transaction.atomic():
        due = (
            Callback.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("clinic")
            .filter(regroup_at__lte=clock.now())
            .exclude(status=Status.CLOSED)
            .order_by("regroup_at")[:SWEEP_LIMIT]
        )
        rows = list(due)
        for callback in rows:
            place_in_queue(callback)
        Callback.objects.bulk_update(rows, ["priority_group", "is_in_window", "regroup_at"])
    return len(rows)
