"""Callbacks' CRM mapping: what a callback looks like to others, cut down to the fields its target may have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from audit.events import CALLBACK_DISCLOSED, CALLBACK_READ_FOR_CRM
from audit.recording import record_event
from callbacks.crm.calls import call_ids_of
from callbacks.crm.wire import recipient_of
from callbacks.models import Callback, CrmTarget
from callbacks.states import ClosedReason, DisplayState, Status, display_state
from lib.digests import keyed_digest
from vault.reveal import reveal

# Sealed ones are opened only where the target may have them.
SEALED_FIELDS = ("first_name", "phone")
# Words for the administrator who chooses; the names are those of the signed JSON (callback.v1).
FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "first_name": "First name",
        "phone": "Number to call",
        "reference": "Reference (CB-1042)",
        "status": "Status",
        "state": "What it is doing now",
        "closed_reason": "How it ended",
        "appointment_type": "What the caller wants",
        "preferred_time": "When the caller prefers",
        "urgency": "Urgency",
        "language": "Language",
        "received_at": "When the call was",
        "promised_by": "Promised by",
        "due_at": "Due at",
        "not_before": "Not before",
        "attempts": "Attempts so far",
        "last_outcome": "Last outcome",
        "last_attempt_at": "Last attempt",
        "closed_at": "When it ended",
        "call_id": "The voice side's call id",
    }
)

Value = str | int | None


@dataclass(frozen=True)
class Snapshot:
    """A callback as a target may know it. `fields` by their names of FIELD_WORDS; instants are ISO 8601 in UTC.

    `doing` and `closed_as` are always there, whatever may leave: a target must be able to end what is ended, and makes
    its own coarse word of them. The repr shows nothing of the caller.
    """

    id: UUID
    version: int
    taken_at: datetime
    doing: DisplayState
    closed_as: ClosedReason | None
    fields: Mapping[str, Value] = field(repr=False)


def doing_of(callback: Callback, now: datetime) -> DisplayState:
    """What the callback is doing. "ready" does not ask the clock on the wall: opening hours are the desk's business and
    would change without a change.
    """
    return display_state(
        status=Status(callback.status),
        now=now,
        lease_expires_at=callback.lease_expires_at,
        not_before=callback.not_before,
        is_callable_now=True,
    )


def plain_fields(callback: Callback, now: datetime) -> dict[str, Value]:
    """Everything that stands unsealed, under the names others know."""
    return {
        "reference": callback.ref,
        "status": callback.status,
        "state": doing_of(callback, now).value,
        "closed_reason": callback.closed_reason or None,
        "appointment_type": callback.appointment_type,
        "preferred_time": callback.preferred_window,
        "urgency": callback.urgency,
        "language": callback.language or None,
        "received_at": _text(callback.received_at),
        "promised_by": _text(callback.promised_by),
        "due_at": _text(callback.due_at),
        "not_before": _text(callback.not_before),
        "attempts": callback.attempts_count,
        "last_outcome": callback.last_outcome or None,
        "last_attempt_at": _text(callback.last_attempt_at),
        "closed_at": _text(callback.closed_at),
    }


def marks_of(callback: Callback, fields: Collection[str], now: datetime) -> dict[str, str]:
    """A digest for each field, which tells whether it changed and nothing else; sealed ones stay shut for it."""
    plain: dict[str, object] = {**plain_fields(callback, now)}
    for name in SEALED_FIELDS:
        sealed = getattr(callback, name)
        plain[name] = sealed.token if sealed is not None else None
    # Of these a target makes its own coarse word, whatever else it may have.
    shown = {*fields, "state", "closed_reason"} - {"call_id"}
    return {name: keyed_digest("crm-mark", f"{name}|{plain[name]}")[:16] for name in sorted(shown)}


def take_snapshot(callback: Callback, target: CrmTarget, *, version: int, now: datetime) -> Snapshot:
    """The callback as the target may have it. Opens and records what is sealed, and records the disclosure; write the
    scope (`flush`) before a byte of it leaves.
    """
    wanted = [name for name in FIELD_WORDS if name in target.fields]
    values = plain_fields(callback, now)
    sealed = [name for name in SEALED_FIELDS if name in wanted]
    values |= zip(sealed, reveal(callback, *sealed, tag=CALLBACK_READ_FOR_CRM), strict=True)
    if "call_id" in wanted:
        values["call_id"] = next(iter(call_ids_of(callback.pk)), None)
    record_event(
        CALLBACK_DISCLOSED,
        subject=callback.audit_subject,
        obj=callback.audit_object,
        clinic_id=callback.clinic_id,
        details={
            "target": str(target.pk),
            "recipient": recipient_of(target),
            "version": version,
            "fields": wanted,
        },
    )
    return Snapshot(
        id=callback.pk,
        version=version,
        taken_at=now,
        doing=doing_of(callback, now),
        closed_as=ClosedReason(callback.closed_reason) if callback.closed_reason else None,
        fields=MappingProxyType({name: values[name] for name in wanted}),
    )


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z") if instant is not None else None
