"""Accounts' tasks."""

from celery import shared_task

from accounts.services import emergency
from audit.background import AuditedTask


@shared_task(base=AuditedTask, name="accounts.tasks.settle_emergencies")
def settle_emergencies() -> None:
    """Write down which emergency accesses ran out; what they opened was shut at that instant already."""
    emergency.settle_emergencies()
