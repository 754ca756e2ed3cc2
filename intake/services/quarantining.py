"""Intake's quarantining: a record beside the callback of what was kept out, and the officer's answer to it."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from audit.events import ACCESS_DENIED, QUARANTINE_CLOSED, QUARANTINE_OPENED, Outcome
from audit.recording import record_change, record_event
from audit.scope import Subject
from intake.models import Delivery, Quarantine
from intake.models.quarantine import Closure
from intake.sources.vapi import ReportDraft
from lib import clock
from lib.errors import ConflictRefusal, NotFoundRefusal


class AlreadyClosedRefusal(ConflictRefusal):
    code = "already_closed"
    sentence = "Somebody closed this already."


def open_quarantine(delivery: Delivery, report: ReportDraft) -> Quarantine:
    """Leave a record of what was dropped from a delivery, in the delivery's own transaction: names and kinds only."""
    quarantine = Quarantine(
        delivery=delivery,
        keys=[*report.removed_keys, *delivery.dropped_keys],
        kinds=list(report.removed_kinds),
        opened_at=delivery.received_at,
    )
    quarantine.save(force_insert=True)
    record_change(
        QUARANTINE_OPENED,
        subject=delivery.audit_subject,
        obj=quarantine.audit_object,
        clinic_id=delivery.audit_clinic_id,
        details={"keys": quarantine.keys, "kinds": quarantine.kinds},
    )
    return quarantine


def visible_quarantines(clinic_ids: Collection[UUID]) -> QuerySet[Quarantine]:
    """Records of these clinics' lines."""
    return Quarantine.objects.filter(delivery__line__clinic_id__in=clinic_ids)


def close_alike(quarantine_id: UUID, closure: Closure, *, acting_user: User, clinic_ids: Collection[UUID]) -> int:
    """Close an open record and every open one alike: same line, keys and kinds, not later than it; how many.

    Later ones stay open: nobody has seen them yet. Each leaves an event. Raises NotFoundRefusal for another clinic's
    (recorded), AlreadyClosedRefusal for one that is closed.
    """
    with transaction.atomic():
        seen = visible_quarantines(clinic_ids).select_related("delivery").filter(pk=quarantine_id).first()
        if seen is None:
            foreign = Quarantine.objects.select_related("delivery__line").filter(pk=quarantine_id).first()
            # The officer of the clinic it belongs to is the one who must learn of the try.
            record_event(
                ACCESS_DENIED,
                obj=Subject("quarantine", str(quarantine_id)),
                clinic_id=None if foreign is None else foreign.audit_clinic_id,
                outcome=Outcome.MINOR_FAILURE,
                outcome_code="not_found" if foreign is None else "other_clinic",
            )
            raise NotFoundRefusal
        alike = visible_quarantines(clinic_ids).filter(
            delivery__line=seen.delivery.line_id,
            keys=seen.keys,
            kinds=seen.kinds,
            opened_at__lte=seen.opened_at,
            closed_at__isnull=True,
        )
        # In the order of their keys, so that two officers at once wait for each other instead of blocking.
        rows = list(alike.select_related("delivery__line").select_for_update(of=("self",)).order_by("pk"))
        if seen.pk not in {row.pk for row in rows}:
            raise AlreadyClosedRefusal
        now = clock.now()
        Quarantine.objects.filter(pk__in=[row.pk for row in rows]).update(
            closure=closure, closed_at=now, closed_by=acting_user
        )
        for row in rows:
            record_change(
                QUARANTINE_CLOSED,
                subject=row.delivery.audit_subject,
                obj=row.audit_object,
                clinic_id=row.audit_clinic_id,
                details={"closure": closure.value},
            )
    return len(rows)
