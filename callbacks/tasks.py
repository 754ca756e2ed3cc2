"""Callbacks' tasks."""

from celery import shared_task

from audit.background import AuditedTask
from callbacks.services.ordering import sweep_places


@shared_task(base=AuditedTask, name="callbacks.tasks.sweep_priorities")
def sweep_priorities() -> None:
    """Keep the stored order true as time passes."""
    sweep_places()
