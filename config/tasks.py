"""Config's tasks: the heartbeat and the sweep over every room's pending work."""

from celery import shared_task

from audit.background import AuditedTask
from config.pulse import BEAT, WORKER, beat as note_alive
from lib.jobs import work_sources

SWEEP_LIMIT = 200


@shared_task(base=AuditedTask, name="config.tasks.beat")
def beat() -> None:
    """Sent by beat and run by a worker: when it runs, both are alive."""
    note_alive(BEAT)
    note_alive(WORKER)


@shared_task(base=AuditedTask, name="config.tasks.sweep_pending_work")
def sweep_pending_work() -> None:
    """Do what the doorbell missed. Rows are leased, so a sweep, the relay and a worker never do one twice."""
    for source in work_sources(slow=False):
        source.work_off(limit=SWEEP_LIMIT)
