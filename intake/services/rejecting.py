"""Intake's rejecting: refused messages are counted per source and minute, then recorded as one event (decision 11)."""

from datetime import datetime

from django.db import connections, transaction
from django.http import HttpRequest

from audit.events import DELIVERIES_REJECTED, Outcome
from audit.middleware import client_address
from audit.recording import record_change
from audit.scope import Subject
from intake.models import Rejection
from intake.signatures import RejectionReason
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

SWEEP_LIMIT = 500
COUNT = """
    INSERT INTO intake_rejection (minute, source, reason, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (minute, source, reason) DO UPDATE SET count = intake_rejection.count + 1
"""


def count_rejection(request: HttpRequest, reason: RejectionReason) -> None:
    """Count one refused message. Keeps the source's address and the reason; never header or body."""
    source = client_address(request)
    log.warning("signature_rejected", reason=reason.value)
    with connections["default"].cursor() as cursor:
        cursor.execute(COUNT, [_minute(clock.now()), source, reason.value])


def sweep_rejections() -> int:
    """Record every finished minute as one event a source and reason, then delete its row; how many were recorded.

    The event is written with the deletion's transaction, so a count is recorded once or still there.
    """
    finished = Rejection.objects.filter(minute__lt=_minute(clock.now())).order_by("minute")[:SWEEP_LIMIT]
    with transaction.atomic():
        rows = list(Rejection.objects.select_for_update(skip_locked=True).filter(pk__in=finished.values("pk")))
        for row in rows:
            record_change(
                DELIVERIES_REJECTED,
                obj=Subject("webhook", "vapi"),
                outcome=Outcome.SERIOUS_FAILURE,
                outcome_code=row.reason,
                rows_count=row.count,
                details={"source": row.source or "", "minute": row.minute.isoformat()},
            )
        Rejection.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
