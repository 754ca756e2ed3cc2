"""Callbacks' CRM mapping to FHIR R4: a snapshot as a Task (callbacks.md §4.2). Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from callbacks.crm.mapping import Snapshot
from callbacks.states import ClosedReason, DisplayState

# Fixed for ever: by these a server knows that two Tasks are one callback. Names, not addresses.
CALLBACK_SYSTEM = "urn:ringback:callback"
CALL_SYSTEM = "urn:ringback:vapi-call"
CODE_SYSTEM = "urn:ringback:task"
INPUT_SYSTEM = "urn:ringback:task-input"
CODE = "return-patient-call"

_STATUS_OF_STATE: Mapping[DisplayState, str] = MappingProxyType(
    {
        DisplayState.NEEDS_REVIEW: "draft",
        DisplayState.READY: "requested",
        DisplayState.CLOSED_HOURS: "requested",
        DisplayState.IN_PROGRESS: "in-progress",
        DisplayState.WAITING: "on-hold",
        DisplayState.ESCALATED: "in-progress",
    }
)
_STATUS_OF_END: Mapping[ClosedReason, str] = MappingProxyType(
    {
        ClosedReason.BOOKED: "completed",
        ClosedReason.RESOLVED_NO_APPOINTMENT: "completed",
        ClosedReason.RESOLVED_CLINICALLY: "completed",
        ClosedReason.RESOLVED_ELSEWHERE: "completed",
        ClosedReason.DECLINED: "completed",
        ClosedReason.CANCELLED: "cancelled",
        ClosedReason.DO_NOT_CALL: "cancelled",
        ClosedReason.DUPLICATE_MERGED: "cancelled",
        ClosedReason.UNREACHABLE: "failed",
        ClosedReason.IDENTITY_NOT_CONFIRMED: "failed",
        ClosedReason.HUNG_UP: "failed",
        ClosedReason.NOT_IN_SERVICE: "failed",
        ClosedReason.WRONG_NUMBER: "failed",
        ClosedReason.NO_USABLE_NUMBER: "failed",
        ClosedReason.TEST_CALL: "entered-in-error",
    }
)
# Our field, the input's code, and FHIR's type of its value.
_INPUTS = (
    ("first_name", "first-name", "valueString"),
    ("appointment_type", "appointment-type", "valueCode"),
    ("preferred_time", "preferred-time", "valueCode"),
    ("language", "language", "valueString"),
    ("promised_by", "promised-by", "valueDateTime"),
    ("reference", "reference", "valueString"),
)
_OUTPUTS = (
    ("last_outcome", "last-outcome", "valueCode"),
    ("attempts", "attempts", "valueInteger"),
    ("last_attempt_at", "last-attempt", "valueDateTime"),
)


def task_status(snapshot: Snapshot) -> str:
    """FHIR's TaskStatus of a callback."""
    if snapshot.closed_as is not None:
        return _STATUS_OF_END[snapshot.closed_as]
    return _STATUS_OF_STATE[snapshot.doing]


def task_of(snapshot: Snapshot) -> dict[str, Any]:
    """The Task of a snapshot, with what may leave and nothing else. Never a patient: nobody has linked one."""
    given = snapshot.fields
    identifiers = [{"system": CALLBACK_SYSTEM, "value": str(snapshot.id)}]
    if given.get("call_id"):
        identifiers.append({"system": CALL_SYSTEM, "value": str(given["call_id"])})
    task: dict[str, Any] = {
        "resourceType": "Task",
        "identifier": identifiers,
        "status": task_status(snapshot),
        "intent": "order",
        "code": {"coding": [{"system": CODE_SYSTEM, "code": CODE}], "text": "Return patient call"},
        "priority": _priority(snapshot),
        "lastModified": snapshot.taken_at.isoformat(timespec="seconds"),
        "authoredOn": given.get("received_at"),
        "businessStatus": {"text": str(given["state"])} if given.get("state") else None,
        "statusReason": {"text": str(given["closed_reason"])} if given.get("closed_reason") else None,
        "restriction": {"period": period} if (period := _period(given)) else None,
        "executionPeriod": {"end": given["closed_at"]} if given.get("closed_at") else None,
        "input": [*_phone(given), *_listed(given, _INPUTS)],
        "output": _listed(given, _OUTPUTS),
    }
    return {name: value for name, value in task.items() if value}


def _priority(snapshot: Snapshot) -> str:
    if snapshot.doing is DisplayState.ESCALATED:
        return "asap"
    return "urgent" if snapshot.fields.get("urgency") == "urgent" else "routine"


def _period(given: Mapping[str, Any]) -> dict[str, Any]:
    start, end = given.get("not_before"), given.get("due_at")
    if start and end and start > end:
        # A wait beyond the due time; a period must not end before it starts.
        end = None
    return {name: value for name, value in (("start", start), ("end", end)) if value}


def _phone(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not given.get("phone"):
        return []
    return [{**_type("callback-number"), "valueContactPoint": {"system": "phone", "value": given["phone"]}}]


def _listed(given: Mapping[str, Any], rows: tuple[tuple[str, str, str], ...]) -> list[dict[str, Any]]:
    return [{**_type(code), kind: given[name]} for name, code, kind in rows if given.get(name) not in {None, ""}]


def _type(code: str) -> dict[str, Any]:
    return {"type": {"coding": [{"system": INPUT_SYSTEM, "code": code}], "text": code.replace("-", " ")}}
