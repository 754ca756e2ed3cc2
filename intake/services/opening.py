"""Intake's opening: a stored delivery becomes a callback, exactly once, by whoever gets to it first."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from audit.events import DELIVERY_OPENED
from audit.recording import flush
from audit.scope import TrailUnwritableError, current_scope
from callbacks.services.opening import CallbackDraft, open_callback
from intake.models import Delivery, DeliveryJob
from intake.models.job import JobState
from intake.services.joining import complete_callback, continues_a_call, lock_earlier_reports
from intake.services.line_findings import raise_line_findings
from lib import clock
from lib.logs import event_logger
from vault.reveal import reveal

log = event_logger(__name__)

LEASE = timedelta(seconds=60)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=15)
# About a day of tries at the longest pause; after that a person must look, and the row stays.
MOST_ATTEMPTS = 100


def open_delivery(delivery_id: UUID) -> bool:
    """Open one delivery's callback now if nobody else is at it; False when it is done, leased or not due."""
    return _work_off(DeliveryJob.objects.filter(pk=delivery_id), limit=1) == 1


class DeliveryWork:
    """Deliveries waiting to become callbacks, as a source of work for relay, sweep and `drain`."""

    name = "deliveries"
    is_slow = False

    def work_off(self, *, limit: int) -> int:
        return _work_off(DeliveryJob.objects.all(), limit=limit)

    def count_pending(self) -> int:
        return DeliveryJob.objects.filter(state=JobState.PENDING).count()


def _work_off(jobs: QuerySet[DeliveryJob], *, limit: int) -> int:
    claimed = _claim(jobs, limit=limit)
    for delivery_id in claimed:
        try:
            _open(delivery_id)
        except TrailUnwritableError:
            # Not this row's fault: nothing may be read until the trail can be written. The lease runs out by itself.
            raise
        except Exception as error:  # noqa: BLE001 - a poisoned row is put aside, logged and kept; others go on
            _postpone(delivery_id, error)
    return len(claimed)


def _claim(jobs: QuerySet[DeliveryJob], *, limit: int) -> list[UUID]:
    """Lease due rows: lock what is free (SKIP LOCKED), stamp the lease, commit; nobody waits for anybody."""
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    with transaction.atomic():
        due = jobs.select_for_update(skip_locked=True).filter(free, state=JobState.PENDING, next_at__lte=now)
        ids = list(due.order_by("next_at").values_list("pk", flat=True)[:limit])
        DeliveryJob.objects.filter(pk__in=ids).update(lease_until=now + LEASE, attempts=F("attempts") + 1)
    return ids


def _open(delivery_id: UUID) -> None:
    """Read the delivery (recorded before it is used), open, join or complete the callback, mark the job done: one
    transaction. Locks all reports of the call, so that two of them cannot open two callbacks.
    """
    with transaction.atomic():
        job = DeliveryJob.objects.select_for_update().get(pk=delivery_id)
        if job.state != JobState.PENDING:
            return
        delivery = Delivery.objects.select_related("line__clinic").get(pk=delivery_id)
        earlier = lock_earlier_reports(delivery)
        first_name, phone, called_from, words = reveal(
            delivery, "first_name", "phone", "called_from", "preferred_words", tag=DELIVERY_OPENED
        )
        # Durable before the transaction that uses what was read.
        flush(current_scope())
        draft = CallbackDraft(
            clinic=delivery.line.clinic,
            first_name=first_name,
            phone=phone,
            phone_is_valid=delivery.phone_is_valid,
            called_from=called_from,
            preferred_words=words,
            appointment_type=delivery.appointment_type,
            urgency=delivery.urgency,
            preferred_window=delivery.preferred_window,
            language=delivery.language,
            received_at=delivery.promise_base,
            review_reasons=review_reasons(delivery),
            is_same_call=partial(continues_a_call, delivery),
        )
        sealed = {"first_name": first_name, "phone": phone, "called_from": called_from, "preferred_words": words}
        opened = complete_callback(delivery, draft, sealed, earlier) or open_callback(draft)
        raise_line_findings(delivery)
        Delivery.objects.filter(pk=delivery_id).update(callback=opened.callback)
        job.state, job.lease_until, job.last_error_code = JobState.DONE, None, ""
        job.save(update_fields=["state", "lease_until", "last_error_code"])
    log.info("callback_opened", callback_id=opened.callback.pk, delivery_id=delivery_id, outcome=opened.outcome)


def review_reasons(delivery: Delivery) -> tuple[str, ...]:
    """Why a person must look before anyone dials: defects, and keys the assistant should never have asked for."""
    reasons = [defect for defect in delivery.defects if defect != "more_than_first_name"]
    return (*reasons, "unexpected_keys") if delivery.dropped_keys else tuple(reasons)


def _postpone(delivery_id: UUID, error: Exception) -> None:
    """Give the lease back and wait longer each time; after many tries mark it dead, visible and never deleted."""
    job = DeliveryJob.objects.get(pk=delivery_id)
    pause = min(FIRST_RETRY * 2 ** min(job.attempts - 1, 12), LONGEST_RETRY)
    state = JobState.DEAD if job.attempts >= MOST_ATTEMPTS else JobState.PENDING
    DeliveryJob.objects.filter(pk=delivery_id, state=JobState.PENDING).update(
        state=state, lease_until=None, next_at=clock.now() + pause, last_error_code=type(error).__name__[:80]
    )
    log.error("delivery_postponed", with_exception=True, delivery_id=delivery_id, attempts=job.attempts, outcome=state)
