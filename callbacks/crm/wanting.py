"""Callbacks' CRM wanting: every change of a callback asks, in its own transaction, that the clinic's targets follow."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models.signals import post_save

from callbacks.models import Callback, CrmTarget, SyncState, SyncStatus
from callbacks.states import Status
from lib import clock
from lib.ids import new_id
from lib.jobs import ring_after_commit

SYNC_TARGET = "callbacks.tasks.sync_target"
# As long as an act can be taken back, so that what was undone is never told.
SETTLES_AFTER = timedelta(seconds=30)

# A row that waits after a failure keeps its place: a change must not cut short what the server asked for.
_WANT = """
    INSERT INTO callbacks_syncstate (
        id, callback_id, target_id, status, wanted_version, synced_version, wanted_since, next_at, attempts,
        last_error_code, may_exist, remote_id, remote_version, remote_ended_as, sent_marks, unsent_fields, ignore_reason
    )
    SELECT wanted.id, wanted.callback_id, wanted.target_id, 'pending', 1, 0, %(now)s, %(next_at)s, 0,
        '', false, '', '', '', '{}', '{}', ''
    FROM unnest(%(ids)s::uuid[], %(callbacks)s::uuid[], %(targets)s::uuid[]) AS wanted (id, callback_id, target_id)
    ON CONFLICT (callback_id, target_id) DO UPDATE SET
        wanted_version = callbacks_syncstate.wanted_version + 1,
        wanted_since = CASE WHEN callbacks_syncstate.status = 'pending' THEN callbacks_syncstate.wanted_since
            ELSE excluded.wanted_since END,
        next_at = CASE WHEN callbacks_syncstate.status = 'pending'
            THEN GREATEST(callbacks_syncstate.next_at, excluded.next_at) ELSE excluded.next_at END,
        attempts = CASE WHEN callbacks_syncstate.status = 'pending' THEN callbacks_syncstate.attempts ELSE 0 END,
        failing_since = CASE WHEN callbacks_syncstate.status = 'pending' THEN callbacks_syncstate.failing_since END,
        status = 'pending',
        ignore_reason = ''
"""


def connect_wanting() -> None:
    """Called once, from the application's `ready()`. Every service saves its callback (tests/callbacks/crm walks them);
    only the queue's own clocks (place, heartbeat) are written past `save`, and they are nobody else's business.
    """
    post_save.connect(_callback_saved, sender=Callback, dispatch_uid="callbacks.crm.wanting")


def want_sync(pairs: list[tuple[UUID, UUID]], *, next_at: datetime, now: datetime) -> None:
    """Make these (callback, target) pairs pending at the next version. One statement, in the caller's transaction."""
    if not pairs:
        return
    given: dict[str, Any] = {
        "ids": [new_id() for _ in pairs],
        "callbacks": [callback_id for callback_id, _ in pairs],
        "targets": [target_id for _, target_id in pairs],
        "now": now,
        "next_at": next_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WANT, given)


def want_all_open(target: CrmTarget) -> int:
    """Ask a target to follow every callback that is not closed and that it never heard of; how many there are."""
    known = SyncState.objects.filter(target=target).values("callback_id")
    missing = Callback.objects.filter(clinic_id=target.clinic_id).exclude(status=Status.CLOSED).exclude(pk__in=known)
    now = clock.now()
    pairs = [(callback_id, target.pk) for callback_id in missing.order_by("pk").values_list("pk", flat=True)]
    want_sync(pairs, next_at=now, now=now)
    return len(pairs)


def pending(target: CrmTarget) -> int:
    """How many callbacks wait to be told to a target."""
    return SyncState.objects.filter(target=target, status=SyncStatus.PENDING).count()


def ring_target(target_id: UUID) -> None:
    """Ring for a target once the transaction has committed."""
    ring_after_commit(SYNC_TARGET, target_id, request_id=str(uuid4()))


def _callback_saved(instance: Callback, raw: bool, created: bool, **kwargs: Any) -> None:
    del kwargs
    if raw:
        # A fixture brings its states along.
        return
    # Switched off or not: what changed meanwhile is told once it is switched on again.
    targets = CrmTarget.objects.filter(clinic_id=instance.clinic_id)
    now = clock.now()
    pairs = [(instance.pk, target_id) for target_id in targets.values_list("pk", flat=True)]
    # That somebody rang cannot be taken back; what people do can.
    want_sync(pairs, next_at=now if created else now + SETTLES_AFTER, now=now)
    if created:
        for _, target_id in pairs:
            ring_target(target_id)
