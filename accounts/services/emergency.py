"""Accounts' emergency access: opened with a reason, over by the database's clock, and judged by somebody else.

HIPAA 45 CFR 164.312(a)(2)(ii). Nothing has to run for a right to end: whoever asks compares with the database's clock.
What runs later writes down that it ended.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Least, Now

from accounts.models import EmergencyAccess, EmergencyEnd, EmergencyReason, User, Verdict
from accounts.models.emergency import TIME_BOX
from audit.events import (
    ACCESS_DENIED,
    EMERGENCY_ENDED,
    EMERGENCY_JUDGED,
    EMERGENCY_OPENED,
    Outcome,
    Purpose,
)
from audit.findings import Severity, answer_finding, declare_finding, raise_finding
from audit.models.finding import Resolution
from audit.recording import record_change, record_event
from audit.scope import Subject, current_scope
from lib.errors import ConflictRefusal, NotFoundRefusal, Refusal

EMERGENCY = declare_finding(
    "access:emergency:opened",
    Severity.ALARM,
    "Somebody opened emergency access to a callback",
    "Read why, and what was opened, then say whether it was justified. Whoever opened it cannot judge it.",
    answered_on="emergency-reviews:list",
)


class EmergencyOpenRefusal(ConflictRefusal):
    code = "emergency_open"
    sentence = "You have an emergency access open. End it first."


class StillOpenRefusal(ConflictRefusal):
    code = "emergency_running"
    sentence = "It is still open. Judge it when it is over."


class AlreadyJudgedRefusal(ConflictRefusal):
    code = "already_judged"
    sentence = "Somebody judged this emergency access already."


class OwnEmergencyRefusal(Refusal):
    code = "own_emergency"
    status = 403
    sentence = "Nobody judges their own emergency access; ask another officer."


def start_emergency(
    *,
    person: User,
    clinic_id: UUID,
    callback: Subject,
    caller: Subject,
    reference: str,
    reason: EmergencyReason,
    words: str,
) -> EmergencyAccess:
    """Open one callback of the clinic to a person for fifteen minutes; recorded, and the officer's alarm in the same
    transaction. From here on every event of the request is one of an emergency.

    The caller checked the right and the proof. Raises EmergencyOpenRefusal while another one is open. Locks the person.
    """
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=person.pk)
        _end(EmergencyAccess.objects.filter(person=person, ends_at__lte=Now()), EmergencyEnd.TIME)
        if EmergencyAccess.objects.filter(person=person, ended_at=None).exists():
            raise EmergencyOpenRefusal
        box = EmergencyAccess(person=person, clinic_id=clinic_id, callback_id=UUID(callback.id), reason=reason)
        box.words = words
        # One statement, one instant: the box is exactly as long as it may be.
        box.opened_at, box.ends_at = Now(), Now() + TIME_BOX
        box.save(force_insert=True)
        box.refresh_from_db(fields=["opened_at", "ends_at"])
        current_scope().in_emergency(box.pk, reason=reason.value)
        record_change(
            EMERGENCY_OPENED,
            subject=caller,
            obj=callback,
            clinic_id=clinic_id,
            fields=["words"],
            details={"minutes": int(TIME_BOX.total_seconds() // 60)},
        )
        raise_finding(
            EMERGENCY,
            clinic_id=clinic_id,
            about=box.audit_object,
            details={"callback": reference, "person": person.username, "reason": reason.value},
        )
    return box


def end_emergencies(person: User, cause: EmergencyEnd) -> None:
    """End what the person has open, recorded; nothing happens when nothing is."""
    with transaction.atomic():
        _end(EmergencyAccess.objects.filter(person=person), cause)


def settle_emergencies() -> int:
    """Write down that time ran out where it did; how many. The right was over before. Needs a scope."""
    with transaction.atomic():
        return _end(EmergencyAccess.objects.filter(ends_at__lte=Now()), EmergencyEnd.TIME)


def _end(boxes: QuerySet[EmergencyAccess], cause: EmergencyEnd) -> int:
    found = list(boxes.filter(ended_at=None).select_for_update())
    for box in found:
        EmergencyAccess.objects.filter(pk=box.pk).update(
            ended_at=Least(Now(), F("ends_at")),
            end_cause=Case(When(ends_at__lte=Now(), then=Value(EmergencyEnd.TIME.value)), default=Value(cause.value)),
        )
        box.refresh_from_db(fields=["ended_at", "end_cause"])
        record_change(
            EMERGENCY_ENDED,
            obj=Subject("callback", str(box.callback_id)),
            clinic_id=box.clinic_id,
            purpose=Purpose.BREAK_GLASS,
            details={"emergency": str(box.pk), "cause": box.end_cause},
        )
    return len(found)


def judge_emergency(
    emergency_id: UUID, verdict: Verdict, words: str, *, acting_user: User, clinic_ids: Collection[UUID]
) -> EmergencyAccess:
    """The officer's word on an emergency access that is over; recorded, and the finding is answered with it.

    Raises NotFoundRefusal for another clinic's (recorded), OwnEmergencyRefusal, StillOpenRefusal, AlreadyJudgedRefusal.
    """
    settle_emergencies()
    with transaction.atomic():
        box = EmergencyAccess.objects.select_for_update().filter(pk=emergency_id).first()
        if box is None or box.clinic_id not in clinic_ids:
            record_event(
                ACCESS_DENIED,
                obj=Subject("emergency", str(emergency_id)),
                clinic_id=None if box is None else box.clinic_id,
                outcome=Outcome.MINOR_FAILURE,
                outcome_code="not_found" if box is None else "other_clinic",
            )
            raise NotFoundRefusal
        if box.person_id == acting_user.pk:
            raise OwnEmergencyRefusal
        if box.ended_at is None:
            raise StillOpenRefusal
        if box.verdict:
            raise AlreadyJudgedRefusal
        box.verdict, box.verdict_words = verdict, words
        box.reviewed_at, box.reviewed_by = Now(), acting_user
        box.save(update_fields=["verdict", "verdict_words", "reviewed_at", "reviewed_by"])
        record_change(
            EMERGENCY_JUDGED,
            obj=box.audit_object,
            clinic_id=box.clinic_id,
            fields=["verdict", "verdict_words"],
            details={"verdict": verdict.value},
        )
        answer_finding(EMERGENCY, about=box.audit_object, resolution=Resolution.REVIEWED)
    return box
