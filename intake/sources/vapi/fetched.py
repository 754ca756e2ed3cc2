"""Reads VAPI's record of a call as the report it would have sent, so that both take the same path."""

from intake.sources.vapi.envelope import JsonObject, value_at

_GOING_ON = frozenset({"forwarding", "in-progress", "queued", "ringing", "scheduled"})


def is_call(document: JsonObject, call_id: str) -> bool:
    """Whether the document is the record of this very call."""
    return value_at(document, "id") == call_id


def goes_on(call: JsonObject) -> bool:
    """Whether the call has yet to end, as far as its record says."""
    status = value_at(call, "status")
    return isinstance(status, str) and status in _GOING_ON


def report_of_call(call: JsonObject) -> JsonObject:
    """Return the end-of-call report that this record would have been.

    A record says at its top what a report says there: `analysis`, `artifact`, `customer`, `startedAt`, `endedAt`,
    `endedReason`, and in older ones `transcript` and `recordingUrl`. Its `type` is the call's, a report's the message's.
    """
    return {**call, "type": "end-of-call-report", "call": call}
