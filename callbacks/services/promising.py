"""Callbacks' promising: the clocks of a callback that was not tried yet follow hours and number; the promise never moves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Clinic, User
from audit.events import DUE_RECOMPUTED
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.due import PromiseFlag, clinical_due_at, compute_promise
from callbacks.scheduling.hours import HORIZON, callable_intervals, is_callable
from callbacks.services.acting import lock_for
from callbacks.services.concerns import open_concern_of
from callbacks.states import Command, Status, WaitReason


def set_promise(callback: Callback) -> None:
    """Compute due time, target and the promise's flags anew, from the clinic's hours and the number's zones; unsaved.

    `promised_by` stays what the caller was told.
    """
    promise = compute_promise(
        received_at=callback.received_at,
        calendar=clinic_calendar(callback.clinic),
        recipient_zones=callback.recipient_zones,
        preferred_window=PreferredWindow(callback.preferred_window),
        urgency=Urgency(callback.urgency),
    )
    callback.due_at, callback.target_from, callback.target_to = promise.due_at, promise.target_from, promise.target_to
    callback.flags = sorted({*callback.flags} - {*PromiseFlag} | {flag.value for flag in promise.flags})


def set_clocks(callback: Callback, *, raised_at: datetime) -> None:
    """Move the clocks of a callback to its clinic's present hours; unsaved.

    First calls are computed anew, the clinical clock (of the concern raised at `raised_at`) too; a retry that fell out
    of calling hours moves to the next; what was agreed with a caller stays, and so does what is closed.
    """
    if callback.status == Status.ESCALATED:
        callback.due_at = clinical_due_at(raised_at, clinic_calendar(callback.clinic)) or callback.due_at
    elif callback.status != Status.CLOSED and callback.wait_reason != WaitReason.AGREED:
        if callback.first_attempt_at is None:
            set_promise(callback)
        else:
            _move_retry(callback)


def recompute_due(clinic: Clinic, *, acting_user: User | None = None) -> int:
    """Move due times to the clinic's present hours after somebody edited them; how many moved.

    Each callback in a transaction of its own, moved as `set_clocks` does, recorded with its old and new due time.
    Nobody's open form becomes outdated.
    """
    vars(clinic).pop("_calendar", None)
    ids = (
        Callback.objects.filter(clinic=clinic)
        .exclude(status=Status.CLOSED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return sum(_recompute(callback_id, clinic, acting_user) for callback_id in list(ids))


def _recompute(callback_id: UUID, clinic: Clinic, acting_user: User | None) -> bool:
    with transaction.atomic():
        act = lock_for(callback_id, Command.RECOMPUTE_DUE, acting_user=acting_user, command_id=None)
        callback = act.callback
        # One calendar for all of the clinic's rows.
        callback.clinic = clinic
        before = callback.due_at
        concern = open_concern_of(act) if callback.status == Status.ESCALATED else None
        set_clocks(callback, raised_at=concern.raised_at if concern is not None else act.now)
        if callback.due_at == before:
            return False
        act.finish(
            DUE_RECOMPUTED, details={"old": _text(before), "new": _text(callback.due_at)}, changes_version=False
        )
        return True


def _move_retry(callback: Callback) -> None:
    calendar, begins = clinic_calendar(callback.clinic), callback.not_before
    if begins is None or is_callable(calendar, begins, callback.recipient_zones):
        return
    stretch = next(callable_intervals(calendar, begins, begins + HORIZON, callback.recipient_zones), None)
    if stretch is not None:
        callback.not_before, callback.due_at = stretch.start, stretch.end
        callback.target_from, callback.target_to = stretch.start, stretch.end


def _text(instant: datetime | None) -> str:
    return instant.isoformat() if instant is not None else "none"
