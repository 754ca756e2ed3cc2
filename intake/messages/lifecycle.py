"""Intake's lifecycle: the steps of a call as VAPI told them, and calls that ended without a report. No patient data."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from intake.models import AwaitedReport, CallStatus, Delivery, Line
from intake.sources.vapi import VapiMessage
from intake.sources.vapi.ended import group_ended_reason
from intake.sources.vapi.envelope import JsonObject, value_at

# A report follows the end of its call within seconds; after this long it is missing.
REPORT_MISSING_AFTER = timedelta(minutes=5)
# A sender's clock further off than this is not believed.
BELIEVED_WITHIN = timedelta(hours=24)
ENDED = "ended"
STATUSES = frozenset(
    {"deletion-failed", ENDED, "forwarding", "in-progress", "initiated", "not-found", "queued", "ringing", "scheduled"}
)


def record_status(message: VapiMessage, content: JsonObject, *, line: Line, received_at: datetime) -> None:
    """Keep a step of a call, once; with the end of a call, expect its report. Without a call id nothing is kept.

    Steps may come twice and in any order: each is a row of its own, and an end after its report expects nothing.
    """
    if message.call_id is None or message.status is None:
        return
    told = message.timestamp
    at = told if told is not None and abs(told - received_at) <= BELIEVED_WITHIN else received_at
    status = message.status if message.status in STATUSES else "other"
    has_ended = status == ENDED
    reason = value_at(content, "endedReason") or value_at(content, "call", "endedReason")
    step = CallStatus(
        line=line,
        call_id=message.call_id,
        status=status,
        at=at,
        received_at=received_at,
        ended_reason_group=group_ended_reason(reason) if has_ended else "",
    )
    CallStatus.objects.bulk_create([step], ignore_conflicts=True)
    if has_ended and not _reports_of(line, message.call_id).exists():
        awaited = AwaitedReport(
            line=line, call_id=message.call_id, ended_at=at, missing_from=received_at + REPORT_MISSING_AFTER
        )
        AwaitedReport.objects.bulk_create([awaited], ignore_conflicts=True)


def missing_reports(now: datetime) -> QuerySet[AwaitedReport]:
    """Calls that ended and whose report has not come in time, the longest missing first: reconciliation's list."""
    return (
        AwaitedReport.objects.filter(~_has_come(), missing_from__lte=now)
        .select_related("line__clinic")
        .order_by("missing_from")
    )


def sweep_awaited_reports() -> int:
    """Forget what is no longer awaited because the report came; how many."""
    forgotten, _ = AwaitedReport.objects.filter(_has_come()).delete()
    return forgotten


def call_timeline(line: Line, call_id: str) -> list[CallStatus]:
    """The steps of a call in the order of their instants."""
    return list(CallStatus.objects.filter(line=line, call_id=call_id).order_by("at", "received_at"))


def _reports_of(line: Line, call_id: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(line=line, call_id=call_id)


def _has_come() -> Exists:
    return Exists(Delivery.objects.filter(line=OuterRef("line"), call_id=OuterRef("call_id")).exclude(call_id=""))
