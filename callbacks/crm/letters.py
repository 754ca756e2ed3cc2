"""Callbacks' CRM letters: what a supervisor does about callbacks a target refuses, and about a target that is paused."""

from typing import NoReturn
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import (
    ACCESS_DENIED,
    CRM_COMPARISON_WANTED,
    CRM_IGNORED,
    CRM_RETRIED,
    CRM_TARGET_CHECKED,
    CRM_TARGET_RESUMED,
    Outcome,
)
from audit.recording import record_change, record_event
from audit.scope import Subject
from callbacks.crm.targets import target_for
from callbacks.crm.wanting import ring_target
from callbacks.models import CrmTarget, IgnoreReason, SyncState, SyncStatus
from lib import clock
from lib.errors import ConflictRefusal, NotFoundRefusal


class NoLetterRefusal(ConflictRefusal):
    code = "no_dead_letter"
    sentence = "This is not a dead letter any more: it was sent, or somebody saw to it."


class NothingToCompareRefusal(ConflictRefusal):
    code = "nothing_to_compare"
    sentence = "This CRM only takes what it is sent; nothing can be read there to compare."


def access_target(*, user: User, target_id: UUID) -> CrmTarget:
    """A target for whoever supervises its clinic; anybody else's, and one that does not exist, is a recorded 404."""
    target = CrmTarget.objects.select_related("clinic").filter(pk=target_id).first()
    if target is None or not held_rights(user).allow(SUPERVISE_CALLBACKS, clinic_id=target.clinic_id):
        _deny("crm_target", target_id, target.clinic_id if target is not None else None)
    return target


def access_letter(*, user: User, letter_id: UUID) -> SyncState:
    """A callback's state at a target, for whoever supervises the clinic; else a recorded 404."""
    letter = SyncState.objects.select_related("target", "callback").filter(pk=letter_id).first()
    if letter is None or not held_rights(user).allow(SUPERVISE_CALLBACKS, clinic_id=letter.target.clinic_id):
        _deny("crm_letter", letter_id, letter.target.clinic_id if letter is not None else None)
    return letter


def retry_letter(letter: SyncState) -> None:
    """Send a dead letter again, as the actor of the scope. Raises NoLetterRefusal for one that is dead no more."""
    if _revive(SyncState.objects.filter(pk=letter.pk), letter.target) == 0:
        raise NoLetterRefusal


def retry_all(target: CrmTarget) -> int:
    """Send all dead letters of a target again; how many."""
    return _revive(SyncState.objects.filter(target=target), target)


def ignore_letter(letter: SyncState, reason: IgnoreReason) -> None:
    """Let a callback be that the target refuses, until its next change. Raises NoLetterRefusal."""
    with transaction.atomic():
        dead = SyncState.objects.filter(pk=letter.pk, status=SyncStatus.DEAD)
        if not dead.update(status=SyncStatus.IGNORED, ignore_reason=reason):
            raise NoLetterRefusal
        record_change(
            CRM_IGNORED,
            subject=letter.callback.audit_subject,
            obj=letter.callback.audit_object,
            clinic_id=letter.target.clinic_id,
            details={"target": str(letter.target_id), "reason": reason.value},
        )


def resume_target(target: CrmTarget) -> None:
    """Let a paused target, or one whose breaker is open, be asked again at once."""
    with transaction.atomic():
        CrmTarget.objects.filter(pk=target.pk).update(
            paused_code="", paused_at=None, failures_in_row=0, recent_tries="", open_until=None, open_seconds=0
        )
        if target_for(target.kind).reads_back:
            CrmTarget.objects.filter(pk=target.pk, polled_until=None).update(polled_until=clock.now())
        # Nobody waits for a back-off that the outage has earned.
        waiting = SyncState.objects.filter(target=target, status=SyncStatus.PENDING, lease_until=None, attempts__gt=0)
        waiting.update(next_at=clock.now())
        record_change(CRM_TARGET_RESUMED, obj=target.audit_object, clinic_id=target.clinic_id)
        ring_target(target.pk)


def want_check(target: CrmTarget) -> None:
    """Have a worker test the target; nobody waits for it, the answer stands on the page afterwards."""
    with transaction.atomic():
        CrmTarget.objects.filter(pk=target.pk).update(is_check_wanted=True)
        record_change(CRM_TARGET_CHECKED, obj=target.audit_object, clinic_id=target.clinic_id)
        ring_target(target.pk)


def want_comparison(target: CrmTarget) -> None:
    """Have a worker compare the target with the desk. Raises NothingToCompareRefusal for one that cannot be read."""
    if not target_for(target.kind).reads_back:
        raise NothingToCompareRefusal
    with transaction.atomic():
        CrmTarget.objects.filter(pk=target.pk).update(is_reconcile_wanted=True)
        record_change(CRM_COMPARISON_WANTED, obj=target.audit_object, clinic_id=target.clinic_id)
        ring_target(target.pk)


def _revive(states: QuerySet[SyncState], target: CrmTarget) -> int:
    """Make dead letters pending; their version grows, so that receivers which count versions take them."""
    now = clock.now()
    with transaction.atomic():
        dead = states.filter(status=SyncStatus.DEAD).select_for_update(of=("self",)).select_related("callback")
        letters = list(dead)
        SyncState.objects.filter(pk__in=[letter.pk for letter in letters]).update(
            status=SyncStatus.PENDING,
            wanted_version=F("wanted_version") + 1,
            next_at=now,
            attempts=0,
            failing_since=None,
        )
        for letter in letters:
            record_change(
                CRM_RETRIED,
                subject=letter.callback.audit_subject,
                obj=letter.callback.audit_object,
                clinic_id=target.clinic_id,
                details={"target": str(target.pk), "code": letter.last_error_code},
            )
        if letters:
            ring_target(target.pk)
    return len(letters)


def _deny(kind: str, object_id: UUID, clinic_id: UUID | None) -> NoReturn:
    record_event(
        ACCESS_DENIED,
        obj=Subject(kind, str(object_id)),
        clinic_id=clinic_id,
        outcome=Outcome.MINOR_FAILURE,
        outcome_code="not_found" if clinic_id is None else "other_clinic",
    )
    raise NotFoundRefusal
