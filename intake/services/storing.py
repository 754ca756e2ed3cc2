"""Intake's storing: one signed report becomes durable before it is answered, whatever else is down."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from audit.events import DELIVERY_FETCHED, DELIVERY_RECEIVED
from audit.recording import change_in_one_statement
from callbacks.states import Status
from intake.models import Delivery, DeliveryJob, Line
from intake.models.delivery import Source
from intake.services.comparing import content_marks, further_identity
from intake.services.one_statement import insert_delivery
from intake.services.quarantining import open_quarantine
from intake.signatures import Verified
from intake.sources.vapi import Defect, ReportDraft, VapiMessage, delivery_identity
from intake.sources.vapi.identity import DeliveryIdentity
from lib.digests import digest_key, keyed_digest
from lib.jobs import ring_after_commit

TAGS = {Source.SENT: DELIVERY_RECEIVED, Source.FETCHED: DELIVERY_FETCHED}
OPEN_CALLBACK_TASK = "intake.tasks.open_callback"
# A report without a call id is recognised by its content; two callers may say the same, so only for a while.
DIGEST_COUNTS_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Stored:
    """What became of a signed report: `outcome` is the contract's word, `delivery_id` its public id."""

    outcome: str
    delivery_id: UUID


def store_report(
    message: VapiMessage,
    report: ReportDraft,
    *,
    line: Line,
    verified: Verified,
    received_at: datetime,
    request_id: str,
    source: Source = Source.SENT,
) -> Stored:
    """Store a report once, in one transaction: sealed delivery, event, outbox row; ring the doorbell after commit.

    A second report of the same call that adds to the first or differs from it is stored beside it (decision 8);
    otherwise a second delivery of the same identity answers "duplicate" with the first one's id and stores nothing.
    """
    identity = delivery_identity(message, digest_key=digest_key("delivery identity"))
    delivery = _draft_delivery(
        message, report, line=line, verified=verified, received_at=received_at, identity=identity
    )
    delivery.source = source
    is_new = _insert(delivery, report, request_id=request_id)
    if not is_new and not identity.digest_based and (further := further_identity(delivery, said_values(report))):
        delivery.identity = further
        is_new = _insert(delivery, report, request_id=request_id)
    if not is_new:
        first = Delivery.objects.only("pk").get(line=line, identity=identity.key)
        return Stored(outcome="duplicate", delivery_id=first.pk)
    return Stored(outcome=_outcome(report), delivery_id=delivery.pk)


def _insert(delivery: Delivery, report: ReportDraft, *, request_id: str) -> bool:
    """Store the delivery with its event and outbox row; False where one of its identity is there already.

    Copies that arrive together meet at the unique constraint: the later one waits for the first.
    """
    job = DeliveryJob(delivery=delivery, next_at=delivery.received_at)
    with change_in_one_statement(
        TAGS[Source(delivery.source)],
        subject=delivery.audit_subject,
        obj=delivery.audit_object,
        fields=report.collected,
        clinic_id=delivery.audit_clinic_id,
        details=_details(delivery, report),
    ) as event:
        # The usual report is the one statement; what takes more has a transaction around all of it.
        takes_more = delivery.is_digest_based or report.is_quarantined
        with transaction.atomic() if takes_more else nullcontext():
            if delivery.is_digest_based:
                _retire_old_digest(delivery.line, delivery.identity, delivery.received_at)
            is_new = insert_delivery(delivery, job, event)
            if is_new and report.is_quarantined:
                open_quarantine(delivery, report)
    if is_new:
        ring_after_commit(OPEN_CALLBACK_TASK, delivery.pk, request_id=request_id)
    return is_new


def _sealed_values(report: ReportDraft) -> dict[str, str | None]:
    """What of a report is sealed, by the delivery's fields."""
    return {
        "first_name": report.first_name,
        "phone": report.phone_e164 or report.phone_as_given,
        "called_from": report.called_from_e164,
        "preferred_words": report.preferred_words,
    }


def _marks(report: ReportDraft, line: Line, call_id: str | None) -> list[str]:
    """Reports without a call id are compared with none."""
    return content_marks(said_values(report), line_id=line.pk, call_id=call_id) if call_id else []


def said_values(report: ReportDraft) -> dict[str, str | None]:
    """What the caller said of it: the line called from, taken for want of a number, was not said."""
    unsaid = {"phone": None} if Defect.NUMBER_FROM_CALLER_ID in report.defects else {}
    return {**_sealed_values(report), **unsaid}


def _outcome(report: ReportDraft) -> str:
    """The contract's word: "quarantined" needs review too, and something was dropped."""
    if report.is_quarantined:
        return "quarantined"
    return "needs_review" if report.needs_review else "queued"


def _draft_delivery(
    message: VapiMessage,
    report: ReportDraft,
    *,
    line: Line,
    verified: Verified,
    received_at: datetime,
    identity: DeliveryIdentity,
) -> Delivery:
    sealed = _sealed_values(report)
    return Delivery(
        line=line,
        identity=identity.key,
        is_digest_based=identity.digest_based,
        message_type=message.type,
        call_id=message.call_id or "",
        assistant_id=message.assistant_id or "",
        provider_call_sid=report.provider_call_sid or "",
        scheme=verified.scheme_name,
        key_id=verified.key_id,
        received_at=received_at,
        **sealed,
        phone_is_valid=report.phone_e164 is not None,
        appointment_type=report.appointment_type,
        urgency=report.urgency,
        preferred_window=report.preferred_window,
        language=report.language or "",
        call_started_at=report.call_started_at,
        call_ended_at=report.call_ended_at,
        promise_base=report.promise_base,
        duration_seconds=report.duration_seconds,
        ended_reason_group=report.ended_reason_group,
        collected=list(report.collected),
        dropped_keys=dropped_names(report),
        defects=list(report.defects),
        unsafe_evidence=list(report.unsafe_evidence),
        mismatches=line_mismatches(message, line),
        content_marks=_marks(report, line, message.call_id),
    )


def line_mismatches(message: VapiMessage, line: Line) -> list[str]:
    """What the message says of its line that the line does not; a line that names none has nothing to compare."""
    said = {"assistant_id": message.assistant_id, "phone_number_id": message.phone_number_id}
    return [name for name, value in said.items() if value and getattr(line, name) not in {"", value}]


def dropped_names(report: ReportDraft) -> list[str]:
    """Names of the keys that were dropped. One outside the known words may be a person's data itself: it is told by a
    keyed digest, because a plain one of ten digits is guessed in a second.
    """
    return [
        f"hashed:{keyed_digest('intake.dropped_key', name)[:8]}" if name.startswith("hashed:") else name
        for name in report.dropped_keys
    ]


def _details(delivery: Delivery, report: ReportDraft) -> dict[str, str | int | list[str]]:
    """The article's audit log: call id, duration, names of what was collected; key names only of what was dropped."""
    details: dict[str, str | int | list[str]] = {
        "call_id": delivery.call_id,
        "data_collected": list(report.collected),
        "dropped_keys": delivery.dropped_keys,
        "removed_keys": list(report.removed_keys),
        "key_id": delivery.key_id,
        "scheme": delivery.scheme,
        "unsafe_evidence": list(report.unsafe_evidence),
        "line_mismatches": delivery.mismatches,
    }
    if report.duration_seconds is not None:
        details["duration_seconds"] = report.duration_seconds
    return details


def _retire_old_digest(line: Line, key: str, received_at: datetime) -> None:
    """Free the content digest for a new request once the earlier one is old and its callback is closed (decision 7)."""
    same = Delivery.objects.select_for_update(of=("self",)).select_related("callback")
    earlier = same.filter(line=line, identity=key).first()
    if earlier is None or received_at - earlier.received_at < DIGEST_COUNTS_FOR:
        return
    if earlier.callback is None or earlier.callback.status != Status.CLOSED:
        return
    Delivery.objects.filter(pk=earlier.pk).update(identity=f"{key}:{earlier.pk.hex}")
