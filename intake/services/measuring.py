"""Intake's measuring: calls whose speech went quiet get their figures; old instants are forgotten, figures stay."""

from datetime import timedelta
from statistics import median

from django.db import transaction
from django.db.models import F, Q

from intake.models import CallQuality, SpeechSignal
from intake.quality.barge_in import Signal, Speech, measure_call
from lib import clock

# A call that said nothing for so long is over, or has a pause in which measuring it does no harm.
QUIET_FOR = timedelta(seconds=30)
SWEEP_LIMIT = 500
# Long enough to look into a complaint; the figures of each call stay.
SIGNALS_KEPT = timedelta(days=90)


def sweep_unmeasured() -> int:
    """Measure calls with signals that their figures do not know yet; how many. Safe to run any number of times."""
    now = clock.now()
    unmeasured = Q(measured_to=None) | Q(measured_to__lt=F("changed_at"))
    waiting = CallQuality.objects.filter(unmeasured, changed_at__lte=now - QUIET_FOR).order_by("changed_at")
    with transaction.atomic():
        rows = list(waiting.select_for_update(skip_locked=True)[:SWEEP_LIMIT])
        for row in rows:
            _measure(row)
    return len(rows)


def _measure(row: CallQuality) -> None:
    told = SpeechSignal.objects.filter(line=row.line_id, call_id=row.call_id)
    signals = [Signal(Speech(speech), at) for speech, at in told.values_list("speech", "at")]
    found = measure_call(signals)
    detections = found.detections_ms
    row.measured_to = row.changed_at
    row.began_at = min((signal.at for signal in signals), default=None)
    row.interruptions = len(found.interruptions)
    row.repeats = sum(one.repeats for one in found.interruptions)
    row.coughs = found.coughs
    row.measured = len(detections)
    row.median_ms = round(median(detections)) if detections else None
    row.slowest_ms = max(detections, default=None)
    row.network = found.network
    row.save(
        update_fields=[
            "measured_to", "began_at", "interruptions", "repeats", "coughs", "measured", "median_ms", "slowest_ms",
            "network",
        ]
    )  # fmt: skip


def forget_old_signals() -> int:
    """Delete instants of speech that are older than 90 days; how many."""
    forgotten, _ = SpeechSignal.objects.filter(at__lt=clock.now() - SIGNALS_KEPT).delete()
    return forgotten
