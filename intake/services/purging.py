"""Intake's purging: quarantines closed long ago are deleted, and each deletion is on the trail."""

from datetime import timedelta

from django.db import transaction

from audit.events import QUARANTINE_PURGED
from audit.recording import record_change
from intake.models import Quarantine
from lib import clock

# Six years after it was answered: what documents an act under HIPAA is kept as long (45 CFR 164.316(b)(2)(i)).
KEPT_AFTER_CLOSING = timedelta(days=6 * 365 + 2)
SWEEP_LIMIT = 200


def purge_closed_quarantines() -> int:
    """Delete quarantines whose time is over, the oldest first; how many. Open ones stay for as long as they are open.

    The deletion and its event commit together. Needs a scope.
    """
    over = Quarantine.objects.filter(closed_at__lt=clock.now() - KEPT_AFTER_CLOSING).order_by("closed_at")
    with transaction.atomic():
        rows = list(
            over.select_related("delivery__line").select_for_update(of=("self",), skip_locked=True)[:SWEEP_LIMIT]
        )
        for row in rows:
            record_change(
                QUARANTINE_PURGED,
                subject=row.delivery.audit_subject,
                obj=row.audit_object,
                clinic_id=row.audit_clinic_id,
                details={"closure": row.closure},
            )
        Quarantine.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
