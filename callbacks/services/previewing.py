"""Callbacks' preview of other hours: what they would do to a call of this moment and to the callbacks that wait."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q

from accounts.models import Clinic
from callbacks.models import Callback
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.due import PromiseFlag, compute_promise
from callbacks.scheduling.hours import ClinicCalendar
from callbacks.services.promising import set_clocks
from callbacks.states import Status

# As many as can be reckoned anew while somebody types; those due first.
MOST_LOOKED_AT = 500
# What clocks are reckoned from: nothing sealed is loaded.
_CLOCK_COLUMNS = (
    "clinic", "status", "wait_reason", "received_at", "preferred_window", "urgency", "zone_names", "flags", "due_at",
    "target_from", "target_to", "not_before", "first_attempt_at",
)  # fmt: skip


@dataclass(frozen=True)
class HoursPreview:
    """What a calendar would do. `due_at` of a call now is None without calling time in 21 days; counts are of the
    first `looked_at` of `waiting` callbacks.
    """

    due_at: datetime | None
    is_kept: bool
    waiting: int
    looked_at: int
    moved: int
    lost: int
    regained: int


def preview_calendar(clinic: Clinic, calendar: ClinicCalendar, now: datetime) -> HoursPreview:
    """Reckon as if the clinic had this calendar; saves nothing, opens nothing, and reads no caller's data.

    By the same rules as `recompute_due` will, so that what is said before saving is what happens after.
    """
    call = compute_promise(now, calendar, (), PreferredWindow.ANY, Urgency.ROUTINE)
    # An object of its own: the page's clinic keeps the hours it has.
    supposed = Clinic(pk=clinic.pk, time_zone=clinic.time_zone)
    supposed._calendar = calendar  # type: ignore[attr-defined]  # where clinic_calendar looks first
    waiting = Callback.objects.filter(clinic=clinic).exclude(status=Status.CLOSED)
    unsettled = Min("concerns__raised_at", filter=Q(concerns__settled_at__isnull=True))
    rows = waiting.only(*_CLOCK_COLUMNS).annotate(raised_at=unsettled).order_by("due_at", "pk")[:MOST_LOOKED_AT]
    looked_at = moved = lost = regained = 0
    for callback in rows:
        before, was_kept = callback.due_at, _is_kept(callback)
        callback.clinic = supposed
        set_clocks(callback, raised_at=callback.raised_at or now)
        looked_at += 1
        if callback.due_at != before:
            moved += 1
            lost += was_kept and not _is_kept(callback)
            regained += not was_kept and _is_kept(callback)
    return HoursPreview(
        due_at=call.due_at,
        is_kept=PromiseFlag.PROMISE_UNKEEPABLE not in call.flags,
        waiting=looked_at if looked_at < MOST_LOOKED_AT else waiting.count(),
        looked_at=looked_at,
        moved=moved,
        lost=lost,
        regained=regained,
    )


def _is_kept(callback: Callback) -> bool:
    return PromiseFlag.PROMISE_UNKEEPABLE not in callback.flags
