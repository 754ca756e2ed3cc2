"""Callbacks' CRM claiming: one sender a target, one request a callback, each by a lease that a killed worker leaves behind."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from callbacks.crm.breaker import Breaker
from callbacks.crm.wire import LONGEST_WORK
from callbacks.models import CrmTarget, SyncState, SyncStatus
from lib import clock

# How long one lane goes on before it lets its worker do something else.
LANE = timedelta(seconds=10)
POLL_EVERY = timedelta(seconds=60)


def due_states(now: datetime) -> QuerySet[SyncState]:
    """Rows that may be sent now."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return SyncState.objects.filter(free, status=SyncStatus.PENDING, next_at__lte=now)


def due_targets(now: datetime) -> QuerySet[CrmTarget]:
    """Targets with something to do, that may be asked and that nobody is asking."""
    free = Q(lane_until=None) | Q(lane_until__lt=now)
    has_work = (
        Exists(due_states(now).filter(target=OuterRef("pk"))) | Q(is_check_wanted=True) | Q(is_reconcile_wanted=True)
    )
    may_be_asked = Q(paused_code="") & (Q(open_until=None) | Q(open_until__lte=now)) | Q(is_check_wanted=True)
    return CrmTarget.objects.filter(has_work | is_poll_due(now), may_be_asked, free, is_enabled=True).order_by("pk")


def is_poll_due(now: datetime) -> Q:
    """Targets that can be polled and have not been for a minute; `polled_until` is null for those that cannot."""
    return Q(polled_until__lte=now - POLL_EVERY)


def enter_lane(target_id: UUID) -> CrmTarget | None:
    """Lease a target to this sender, by compare-and-set; None when there is nothing to do or somebody is at it."""
    now = clock.now()
    until = now + LANE + LONGEST_WORK
    taken = due_targets(now).filter(pk=target_id).update(lane_until=until)
    return CrmTarget.objects.get(pk=target_id) if taken else None


def breaker_of(target: CrmTarget) -> Breaker:
    """The breaker as the target's row keeps it."""
    return Breaker(target.failures_in_row, target.recent_tries, target.open_until, target.open_seconds)


def keep_lane(target: CrmTarget, *, longer: timedelta) -> None:
    """Hold the target's lease from now on for longer than a lane takes."""
    until = clock.now() + longer
    CrmTarget.objects.filter(pk=target.pk, lane_until=target.lane_until).update(lane_until=until)
    target.lane_until = until


def leave_lane(target: CrmTarget) -> None:
    CrmTarget.objects.filter(pk=target.pk, lane_until=target.lane_until).update(lane_until=None)


def claim_row(target: CrmTarget) -> SyncState | None:
    """Lease the row of a target that waits longest: lock what is free (SKIP LOCKED), stamp the lease, commit. None once
    the target is switched off, though its lane began before.
    """
    now = clock.now()
    with transaction.atomic():
        due = due_states(now).filter(target=target, target__is_enabled=True)
        due = due.select_for_update(skip_locked=True, of=("self",))
        row = due.order_by("next_at", "pk").first()
        if row is None:
            return None
        row.lease_until, row.lease_token = now + LONGEST_WORK, uuid4()
        row.attempts += 1
        row.save(update_fields=["lease_until", "lease_token", "attempts"])
    return row


def note(row: SyncState, **columns: Any) -> bool:
    """Write columns of a row while the lease is ours, durably; False when it is lost: then another sender has the row,
    and nothing of what we know may be written over what it knows.
    """
    for name, value in columns.items():
        setattr(row, name, value)
    return SyncState.objects.filter(pk=row.pk, lease_token=row.lease_token).update(**columns) == 1


def settle(row: SyncState, *, version: int, columns: Mapping[str, Any], is_whole: bool = True) -> bool:
    """End a claim whose target now holds `version`; what changed meanwhile stays pending, and so does a row whose attempts
    are not all told (`is_whole`). False when the lease is lost.
    """
    now = clock.now()
    with transaction.atomic():
        mine = SyncState.objects.select_for_update().filter(pk=row.pk, lease_token=row.lease_token).first()
        if mine is None:
            return False
        is_done = is_whole and mine.wanted_version <= version
        SyncState.objects.filter(pk=row.pk).update(
            **columns,
            status=SyncStatus.SYNCED if is_done else SyncStatus.PENDING,
            synced_version=version,
            synced_at=now,
            wanted_since=mine.wanted_since if is_done else now,
            attempts=0,
            failing_since=None,
            last_error_code="",
            unsent_fields=[],
            lease_until=None,
            lease_token=None,
        )
    return True


def put_off(row: SyncState, *, until: datetime, code: str, unsent_fields: list[str]) -> None:
    """End a claim that failed for now."""
    _end_failed(row, code, unsent_fields, status=SyncStatus.PENDING, next_at=until)


def bury(row: SyncState, *, code: str, unsent_fields: list[str]) -> None:
    """End a claim that failed for good: a dead letter, until a person or the next change revives it."""
    _end_failed(row, code, unsent_fields, status=SyncStatus.DEAD)


def give_back(row: SyncState, *, code: str) -> None:
    """End a claim that says nothing about its callback: the target is what failed."""
    SyncState.objects.filter(pk=row.pk, lease_token=row.lease_token).update(
        lease_until=None, lease_token=None, attempts=F("attempts") - 1, last_error_code=code
    )


def _end_failed(row: SyncState, code: str, unsent_fields: list[str], **columns: Any) -> None:
    with transaction.atomic():
        mine = SyncState.objects.select_for_update().filter(pk=row.pk, lease_token=row.lease_token).first()
        if mine is None:
            return
        if columns["status"] == SyncStatus.DEAD and mine.wanted_version > row.wanted_version:
            # What was refused is not what is wanted now: the newer one has its own chance.
            columns = {"status": SyncStatus.PENDING}
        SyncState.objects.filter(pk=row.pk).update(
            **columns,
            failing_since=mine.failing_since or clock.now(),
            last_error_code=code,
            unsent_fields=unsent_fields,
            lease_until=None,
            lease_token=None,
        )
