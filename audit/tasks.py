"""Audit's tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from celery import shared_task
from django.db import connections, transaction

from audit.anchors.standing import anchors_behind
from audit.background import AuditedTask
from audit.findings import FindingKind, Severity, declare_finding, raise_finding
from audit.scope import Subject
from audit.sealing.watch import LATE_AFTER, OddRows, find_late_rows, find_missing_rows, seal_lag
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

READER = "audit_reader"

DEFAULT_PARTITION_USED = declare_finding(
    "trail:default-partition:used",
    Severity.ALARM,
    "Events of the trail fell outside the monthly partitions",
    "Nothing is lost. Check that beat runs and that the clocks are right, then have an operator move the rows.",
)
SEALS_LATE = declare_finding(
    "trail:seal:late",
    Severity.ALARM,
    "The trail waits for its seals",
    "Nothing is lost, but until a row is sealed its deletion may go unseen. Have an operator check that the sealer runs,"
    " that it has the chain's key, and that no database transaction stays open.",
)
ROWS_LATE = declare_finding(
    "trail:row:late",
    Severity.ALARM,
    "Events appeared in a part of the trail that was sealed before",
    "The application cannot do this: somebody with the rights of the owner or of a superuser wrote into the past."
    " Export the trail, verify it, and treat it as an incident.",
)
ROWS_MISSING = declare_finding(
    "trail:row:missing",
    Severity.ALARM,
    "Sealed events are missing from the trail",
    "No purge took them: somebody with the rights of the owner or of a superuser removed them. Export the trail, verify"
    " it, and treat it as an incident.",
)
ANCHOR_BEHIND = declare_finding(
    "trail:anchor:behind",
    Severity.ALARM,
    "An anchor did not take the trail's head",
    "The trail is sealed, but nobody outside the database would see its end cut off. Have an operator look at the anchor.",
)
# What a minute's look goes back; the look over everything runs a few times a day.
RECENT = timedelta(days=2)


@shared_task(base=AuditedTask, name="audit.tasks.watch_seals")
def watch_seals() -> None:
    """Every minute: raise an alarm when rows wait too long for their seal, or came after it, or are anchored nowhere."""
    lag = seal_lag()
    if lag > LATE_AFTER:
        log.critical("trail_seals_late", duration_ms=int(lag.total_seconds() * 1000))
        raise_finding(SEALS_LATE, details={"waiting_seconds": int(lag.total_seconds())})
    for behind in anchors_behind():
        raise_finding(
            ANCHOR_BEHIND, about=Subject("anchor", behind.name), details={"problem": behind.problem or "silent"}
        )
    _look_for_late_rows(clock.now() - RECENT)


@shared_task(base=AuditedTask, name="audit.tasks.watch_whole_trail")
def watch_whole_trail() -> None:
    """A few times a day: late rows of any age, also those that pretend to be years old; and sealed rows that are gone."""
    _look_for_late_rows(None)
    with _patient_reader():
        missing = find_missing_rows()
    _raise_about(ROWS_MISSING, missing)


def _look_for_late_rows(stored_since: datetime | None) -> None:
    with _patient_reader():
        late = find_late_rows(stored_since=stored_since)
    _raise_about(ROWS_LATE, late)


def _raise_about(kind: FindingKind, rows: OddRows) -> None:
    if rows.ids:
        log.critical("trail_rows_odd", reason=kind.value, count=len(rows.ids))
        raise_finding(kind, details={"events": rows.ids, "and_more": "yes" if rows.has_more else "no"})


@contextmanager
def _patient_reader() -> Iterator[None]:
    """The reader's connection with as long as a task may take: the pages' five seconds are too short for years."""
    with transaction.atomic(using=READER):
        with connections[READER].cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '45s'")
        yield


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
