"""Callbacks' CRM two ways: what was ended over there ends here too, unless somebody is on the phone about it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from audit.events import REMOTE_END_SEEN
from audit.recording import record_change
from callbacks.crm.targets import PAGE, Remote, Target
from callbacks.crm.wire import Wire
from callbacks.models import Callback, CrmTarget, SyncState, SyncStatus
from callbacks.services.closing import close_callback
from callbacks.services.refusals import AlreadyClaimedRefusal
from callbacks.states import ClosedReason, Status, TransitionError
from lib import clock

# Two clocks never agree; what is seen twice is known by its version.
OVERLAP = timedelta(minutes=2)
_REASONS = {"completed": ClosedReason.RESOLVED_ELSEWHERE, "cancelled": ClosedReason.CANCELLED}


def poll(target: CrmTarget, speaks: Target, wire: Wire) -> int:
    """Follow what changed at a target since the last look; how many objects were looked at. Raises SendError."""
    started = clock.now()
    since = (target.polled_until or started) - OVERLAP
    seen = list(speaks.changes(wire, since))
    for remote in seen:
        follow_end(target, remote)
    target.polled_until = _next_look(seen, since, started)
    CrmTarget.objects.filter(pk=target.pk).update(polled_until=target.polled_until)
    return len(seen)


def follow_end(target: CrmTarget, remote: Remote, *, is_conflict: bool = False) -> bool:
    """Close the callback of an object that was ended over there, as the system; a supervisor may reopen it. One that
    somebody holds, or that the clinical team has, stays open with a banner. Returns whether anything was done.

    Not followed: echoes of our own writes, known by their version, and anything while a change of ours is on its way
    (`is_conflict`: it met this one, and gives way).
    """
    if not remote.ended_as or remote.callback_id is None:
        return False
    with transaction.atomic():
        states = SyncState.objects.select_related("callback", "target")
        state = states.filter(target=target, callback=remote.callback_id).first()
        if state is None or state.callback.status == Status.CLOSED:
            return False
        is_echo = bool(remote.version) and remote.version == state.remote_version
        if is_echo or not (is_conflict or state.status == SyncStatus.SYNCED):
            return False
        # Seen, whatever comes of it: what is reopened here is not closed by the same news again. And what was sent
        # before is not there any more.
        SyncState.objects.filter(pk=state.pk).update(remote_version=remote.version, sent_marks={})
        if not _close(state.callback, _REASONS[remote.ended_as]):
            _show_banner(state, remote.ended_as)
        return True


def _close(callback: Callback, reason: ClosedReason) -> bool:
    """Whether it could be closed; a clinical concern is never ended by a list elsewhere."""
    if callback.status == Status.ESCALATED:
        return False
    try:
        with transaction.atomic():
            close_callback(callback, reason, acting_user=None)
    except (AlreadyClaimedRefusal, TransitionError):
        return False
    return True


def _show_banner(state: SyncState, ended_as: str) -> None:
    if state.remote_ended_as == ended_as:
        return
    SyncState.objects.filter(pk=state.pk).update(remote_ended_as=ended_as)
    record_change(
        REMOTE_END_SEEN,
        subject=state.callback.audit_subject,
        obj=state.callback.audit_object,
        clinic_id=state.target.clinic_id,
        details={"target": str(state.target_id), "ended_as": ended_as},
    )


def _next_look(seen: Iterable[Remote], since: datetime, started: datetime) -> datetime:
    """A short page was the last one; after a full one, from where it ended. Always onwards, whatever its instants say."""
    found = list(seen)
    last = found[-1].changed_at if found else None
    if len(found) < PAGE or last is None:
        return started
    return max(last + OVERLAP, since + OVERLAP + timedelta(seconds=1))
