"""Intake's tasks; each takes an id, is idempotent and may be rung any number of times."""

from uuid import UUID

from celery import shared_task

from audit.background import AuditedTask
from intake.messages.lifecycle import sweep_awaited_reports
from intake.services.fetching import fetch_reports
from intake.services.measuring import forget_old_signals, sweep_unmeasured
from intake.services.opening import DeliveryWork, open_delivery
from intake.services.purging import purge_closed_quarantines
from intake.services.rejecting import sweep_rejections

# Well within a task's time limit; the relay takes what is left.
OTHERS = 50


@shared_task(base=AuditedTask, name="intake.tasks.open_callback")
def open_callback(delivery_id: str) -> None:
    """Open the callback of a stored delivery, then of others that wait: in a storm one ring stands for many.

    Nothing to do when the relay or another worker was faster.
    """
    open_delivery(UUID(delivery_id))
    DeliveryWork().work_off(limit=OTHERS)


@shared_task(base=AuditedTask, name="intake.tasks.record_rejections")
def record_rejections() -> None:
    """Put the finished minutes' refused messages on the trail."""
    sweep_rejections()


@shared_task(base=AuditedTask, name="intake.tasks.forget_arrived_reports")
def forget_arrived_reports() -> None:
    """Take calls whose report has come off the list of those that wait for one."""
    sweep_awaited_reports()


@shared_task(base=AuditedTask, name="intake.tasks.fetch_missing_reports")
def fetch_missing_reports() -> None:
    """Ask VAPI for calls that ended without a report, as far as a turn goes; the next turn takes the rest."""
    for _tried in fetch_reports():
        pass


@shared_task(base=AuditedTask, name="intake.tasks.measure_calls")
def measure_calls() -> None:
    """Measure how calls went that ended lately."""
    sweep_unmeasured()


@shared_task(base=AuditedTask, name="intake.tasks.forget_old_records")
def forget_old_records() -> None:
    """Delete what has been kept for as long as it may be: old instants of speech, quarantines closed long ago."""
    forget_old_signals()
    purge_closed_quarantines()
