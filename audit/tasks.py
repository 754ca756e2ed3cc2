"""Audit's tasks."""

from celery import shared_task
from django.db import connections

from audit.background import AuditedTask
from audit.findings import Severity, declare_finding, raise_finding
from lib.logs import event_logger

log = event_logger(__name__)

DEFAULT_PARTITION_USED = declare_finding(
    "trail:default-partition:used",
    Severity.ALARM,
    "Events of the trail fell outside the monthly partitions",
    "Nothing is lost. Check that beat runs and that the clocks are right, then have an operator move the rows.",
)


@shared_task(base=AuditedTask, name="audit.tasks.ensure_partitions")
def ensure_partitions() -> None:
    """Keep monthly partitions three months ahead, and raise an alarm if any row fell into the default one."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT audit_ensure_partitions()")
        log.info("trail_partitions_ensured", count=cursor.fetchone()[0])
    with connections["audit_reader"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE tableoid = 'audit_event_default'::regclass")
        stray = cursor.fetchone()[0]
    if stray:
        log.critical("trail_default_partition_used", count=stray)
        raise_finding(DEFAULT_PARTITION_USED, details={"rows": stray})
