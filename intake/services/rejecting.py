"""Intake's rejecting: refused messages are counted per source and minute, and a source with too many is held off.

Counts live in PostgreSQL, where all processes meet. Beyond the limit a process counts in memory and writes in batches:
a flood must not become a flood of writes. Finished minutes become one event each (decision 11).
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from django.conf import settings
from django.db import connections, transaction
from django.http import HttpRequest

from audit.events import DELIVERIES_REJECTED, Outcome
from audit.findings import Details, Severity, declare_finding, raise_finding
from audit.middleware import client_address
from audit.recording import record_change
from audit.scope import Subject
from intake.models import Rejection
from intake.refusals import FloodRefusal, SignatureRefusal
from intake.signatures import RejectionReason
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

SWEEP_LIMIT = 500
# Refused messages beyond the limit that a process counts before it writes; as many may be lost with the process.
BATCH = 100
# More than this in a minute is no misconfigured assistant any more, or one nobody looks after.
BURST = 30
MINUTE = timedelta(minutes=1)
SIGNATURE_BURST = declare_finding(
    "intake:signature:burst",
    Severity.ALARM,
    "Many messages were refused within a minute.",
    "If the sender is the voice side, compare its credential with the line (manage.py explain_delivery); if not, block it.",
)
# The new count of this reason and, as the limit is the source's, those of the other reasons.
COUNT = """
    WITH counted AS (
        INSERT INTO intake_rejection AS known (minute, source, reason, count) VALUES (%(minute)s, %(source)s, %(reason)s, %(count)s)
        ON CONFLICT (minute, source, reason) DO UPDATE SET count = known.count + excluded.count
        RETURNING count
    )
    SELECT (SELECT count FROM counted) + coalesce(sum(others.count), 0)
    FROM intake_rejection AS others
    WHERE others.minute = %(minute)s AND others.source IS NOT DISTINCT FROM %(source)s AND others.reason <> %(reason)s
"""

Source = str | None


class _Flood:
    """Sources beyond their limit in the present minute, as this process knows, and what it has not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute: datetime | None = None
        self._sources: set[Source] = set()
        self._waiting: Counter[tuple[Source, str]] = Counter()

    def holds_off(self, source: Source, minute: datetime) -> bool:
        with self._lock:
            return minute == self._minute and source in self._sources

    def hold_off(self, source: Source, minute: datetime) -> None:
        with self._lock:
            if minute != self._minute:
                self._minute, self._sources = minute, set()
            self._sources.add(source)

    def count(self, source: Source, reason: str) -> int:
        """Count one; how many are to be written now."""
        with self._lock:
            self._waiting[source, reason] += 1
            if self._waiting[source, reason] < BATCH:
                return 0
            return self._waiting.pop((source, reason))

    def leftovers(self, minute: datetime) -> tuple[datetime, Counter[tuple[Source, str]]] | None:
        """What an earlier minute left unwritten; None while its minute lasts."""
        with self._lock:
            if self._minute is None or minute == self._minute or not self._waiting:
                return None
            left, self._waiting = self._waiting, Counter()
            return self._minute, left


_flood = _Flood()


def refuse(request: HttpRequest, reason: RejectionReason) -> NoReturn:
    """Count one refused message and refuse it: 401, or 429 from a source with too many in this minute."""
    count_refused(request, reason)
    raise SignatureRefusal


def count_refused(request: HttpRequest, reason: RejectionReason) -> None:
    """Count one refused message. Keeps the source's address and the reason; never header or body.

    Raises FloodRefusal where the source has too many in this minute; otherwise the caller refuses in its own words.
    """
    source, minute = client_address(request), _minute(clock.now())
    _write_leftovers(minute)
    if _flood.holds_off(source, minute):
        waiting = _flood.count(source, reason.value)
        if waiting:
            _count(minute, source, reason.value, waiting)
        raise FloodRefusal(retry_after=_seconds_left(minute))
    log.warning("signature_rejected", reason=reason.value)
    total = _count(minute, source, reason.value, 1)
    if settings.INTAKE_RATE_LIMIT is not None and total > settings.INTAKE_RATE_LIMIT:
        _flood.hold_off(source, minute)
        log.warning("source_held_off", count=total)
        raise FloodRefusal(retry_after=_seconds_left(minute))


def sweep_rejections() -> int:
    """Record every finished minute as one event a source and reason, then delete its row; how many were recorded.

    The event is written with the deletion's transaction, so a count is recorded once or still there. A burst becomes a
    finding.
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
        _raise_bursts(rows)
        Rejection.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _raise_bursts(rows: Sequence[Rejection]) -> None:
    """Raise a finding for each source with too many in a minute, whatever the reasons; where no source has but all of
    them together do, for the endpoint. A burst that goes on counts on its open finding.
    """
    minutes: dict[datetime, dict[Source, list[Rejection]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        minutes[row.minute][row.source].append(row)
    for minute, sources in minutes.items():
        loud = {source: found for source, found in sources.items() if _total(found) > BURST}
        for source, found in loud.items():
            _raise_burst(Subject("source", source or "unknown"), minute, found)
        everybody = [row for found in sources.values() for row in found]
        if not loud and _total(everybody) > BURST:
            _raise_burst(Subject("webhook", "vapi"), minute, everybody)


def _raise_burst(about: Subject, minute: datetime, rows: Sequence[Rejection]) -> None:
    reasons = sorted({row.reason for row in rows})
    details: Details = {"reason": reasons, "count": _total(rows), "minute": minute.isoformat()}
    raise_finding(SIGNATURE_BURST, about=about, details=details)


def _total(rows: Sequence[Rejection]) -> int:
    return sum(row.count for row in rows)


def _count(minute: datetime, source: Source, reason: str, count: int) -> int:
    """Add to the minute's row; what the source has in this minute, all reasons together."""
    with connections["default"].cursor() as cursor:
        cursor.execute(COUNT, {"minute": minute, "source": source, "reason": reason, "count": count})
        return int(cursor.fetchone()[0])


def _write_leftovers(minute: datetime) -> None:
    found = _flood.leftovers(minute)
    if found is not None:
        past, counts = found
        for (source, reason), count in counts.items():
            _count(past, source, reason, count)


def _seconds_left(minute: datetime) -> int:
    return max(1, round((minute + MINUTE - clock.now()).total_seconds()))


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
