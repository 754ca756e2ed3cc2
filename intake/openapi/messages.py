"""Intake's description of messages: for each kind of the voice side the fields that are read, and an example.

Data, no code: every example is sent to the real endpoint by a test. People and numbers are invented.
"""

from typing import Any

from intake.sources.vapi.kinds import KNOWN_TYPES, REPORT_TYPES

Schema = dict[str, Any]

_REF = "#/components/schemas/"
TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {
    "description": "ISO 8601 with an offset, or seconds or milliseconds since 1970.",
    "type": ["string", "number"],
}
_CALL: Schema = {
    "type": "object",
    "description": "The call. With `id` a message is known again when it comes twice.",
    "properties": {
        "id": {"type": "string", "maxLength": 128},
        "assistantId": TEXT,
        "phoneNumberId": TEXT,
        "customer": {"type": "object", "properties": {"number": TEXT}},
        "phoneCallProviderId": {"type": "string", "description": "The CallSid of Twilio."},
        "startedAt": _INSTANT,
        "endedAt": _INSTANT,
    },
}
_REQUEST: Schema = {
    "type": "object",
    "description": (
        "What the caller asked for. Any other key is dropped unread and the answer is `quarantined`; a value that"
        " cannot be read leads to `needs_review`. Neither loses the caller."
    ),
    "properties": {
        "patientFirstName": {"type": "string", "description": "A first name: 1 to 60 letters of any script."},
        "callbackNumber": {"type": "string", "description": "As dictated; the clinic's country where none is said."},
        "appointmentType": {
            "type": "string",
            "examples": ["general-checkup", "follow-up", "consultation", "urgent"],
        },
        "preferredTime": {"type": "string", "description": "morning, afternoon, evening, or words about a time."},
        "language": TEXT,
    },
}


def ref(name: str) -> Schema:
    return {"$ref": _REF + name}


def _kind(words: list[str], description: str, **fields: Schema) -> Schema:
    """A kind of message. Fields that are not named may stand beside those that are; they are not read."""
    return {
        "type": "object",
        "description": description,
        "properties": {"type": {"enum": words}, "call": ref("Call"), "timestamp": _INSTANT, **fields},
        "required": ["type"],
    }


_ASKED = frozenset(
    {
        "assistant-request", "speech-update", "status-update", "tool-calls", "transfer-destination-request",
        "user-interrupted",
    }
)  # fmt: skip
_UNSUPPORTED = [
    "call.endpointing.request",
    "campaign.predial",
    "handoff-destination-request",
    "knowledge-base-request",
    "voice-request",
]
_TOOL_CALL: Schema = {
    "type": "object",
    "description": "The arguments stand in one of three places.",
    "properties": {
        "id": {"type": "string", "maxLength": 128},
        "name": {"examples": ["clinic_hours", "queue_status"], "type": "string"},
        "function": {
            "type": "object",
            "properties": {"name": TEXT, "arguments": {"type": ["string", "object"]}},
        },
        "arguments": {"type": ["string", "object"]},
        "parameters": {"type": "object"},
    },
    "required": ["id"],
}

KINDS: dict[str, Schema] = {
    "Report": _kind(
        sorted(REPORT_TYPES),
        "The report of a call. It is stored before it is answered. The request stands in one of three places; the"
        " first that can be used counts.",
        startedAt=_INSTANT,
        endedAt=_INSTANT,
        durationSeconds={"type": "number"},
        endedReason=TEXT,
        customer={"type": "object", "description": "The line called from.", "properties": {"number": TEXT}},
        artifact={
            "type": "object",
            "properties": {
                "structuredOutputs": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {"name": TEXT, "result": ref("AppointmentRequest")},
                    },
                }
            },
        },
        analysis={"type": "object", "properties": {"structuredData": ref("AppointmentRequest")}},
        structuredData=ref("AppointmentRequest"),
    ),
    "StatusUpdate": _kind(
        ["status-update"],
        "A step of a call, kept for its timeline. After `ended` a report is expected within five minutes.",
        status={"type": "string", "examples": ["queued", "ringing", "in-progress", "forwarding", "ended"]},
        endedReason=TEXT,
    ),
    "SpeechUpdate": _kind(
        ["speech-update"],
        "Somebody began or stopped speaking. `interrupted` is the article's word for a barge-in and is acknowledged."
        " No word that was spoken is kept.",
        status={"type": "string", "examples": ["started", "stopped", "interrupted"]},
        role=TEXT,
    ),
    "UserInterrupted": _kind(["user-interrupted"], "A barge-in. No word that was spoken is kept."),
    "AssistantRequest": _kind(
        ["assistant-request"],
        "Which assistant takes this call? VAPI waits 7.5 seconds. The answer is the line's safe assistant, else staff,"
        " else a spoken text; never an assistant the message names.",
    ),
    "ToolCalls": _kind(
        ["tool-calls"],
        "Questions during a call. `clinic_hours` and `queue_status` are answered, any other tool gets an error.",
        toolCallList={"type": "array", "items": ref("ToolCall")},
        toolCalls={"type": "array", "items": ref("ToolCall")},
        toolWithToolCallList={
            "type": "array",
            "items": {"type": "object", "properties": {"name": TEXT, "toolCall": ref("ToolCall")}},
        },
    ),
    "TransferDestinationRequest": _kind(
        ["transfer-destination-request"], "To whom? To the clinic's staff while it is open, else a spoken text."
    ),
    "UnsupportedRequest": _kind(_UNSUPPORTED, "Requests this desk does not serve; each is told so in its own form."),
    "Notification": _kind(
        sorted(KNOWN_TYPES - REPORT_TYPES - _ASKED - set(_UNSUPPORTED)),
        "Counted by type; nothing of it is kept.",
    ),
    "OtherMessage": {
        "type": "object",
        "description": (
            "A type this desk does not know, or none. It is counted and thanked for, unless it holds a first name or a"
            " number to call: then it is a report all the same, for review."
        ),
        "properties": {"type": TEXT},
    },
}

SCHEMAS: dict[str, Schema] = {
    "Call": _CALL,
    "AppointmentRequest": _REQUEST,
    "ToolCall": _TOOL_CALL,
    **KINDS,
    "Message": {"anyOf": [ref(name) for name in KINDS]},
    "Delivery": {
        "description": '`{"message": {...}}`, or the message itself (the article\'s flat form). At most 20 levels deep.',
        "anyOf": [
            {"type": "object", "properties": {"message": ref("Message")}, "required": ["message"]},
            ref("Message"),
        ],
    },
}

_EXAMPLE_CALL = {"id": "019c8a11-6f20-7d5e-b3a4-2f6e1c0d9b77", "type": "inboundPhoneCall"}
_EXAMPLE_REQUEST = {
    "patientFirstName": "Dana",
    "callbackNumber": "+12025550143",
    "appointmentType": "follow-up",
    "preferredTime": "morning",
}


def _wrapped(message_type: str, **fields: Any) -> dict[str, Any]:
    return {"message": {"type": message_type, "call": _EXAMPLE_CALL, **fields}}


# By kind: what it shows, and the message.
EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "Report": (
        "The report of a call, with a structured output",
        _wrapped(
            "end-of-call-report",
            startedAt="2026-11-24T15:10:00Z",
            endedAt="2026-11-24T15:10:48Z",
            endedReason="customer-ended-call",
            customer={"number": "+12025550143"},
            artifact={
                "structuredOutputs": {
                    "5b1b6f0e-6f0e-4f4e-9d2a-4f3c2b1a0d9e": {
                        "name": "Appointment request",
                        "result": _EXAMPLE_REQUEST,
                    }
                }
            },
        ),
    ),
    "ReportFlat": (
        "The article's flat form, without a call id",
        {"type": "structured-data-extracted", "structuredData": _EXAMPLE_REQUEST},
    ),
    "StatusUpdate": ("A call has ended", _wrapped("status-update", status="ended", endedReason="customer-ended-call")),
    "SpeechUpdate": (
        "The caller interrupts (the article's form)",
        {"type": "speech-update", "status": "interrupted", "call": _EXAMPLE_CALL},
    ),
    "AssistantRequest": ("Who takes this call?", _wrapped("assistant-request")),
    "ToolCalls": (
        "Until when is the clinic open?",
        _wrapped(
            "tool-calls",
            toolCallList=[{"id": "call_1", "function": {"name": "clinic_hours", "arguments": "{}"}}],
        ),
    ),
    "TransferDestinationRequest": ("To whom shall the caller go?", _wrapped("transfer-destination-request")),
    "UnsupportedRequest": ("A request this desk does not serve", _wrapped("knowledge-base-request")),
    "UserInterrupted": ("The caller interrupts", _wrapped("user-interrupted")),
    "Notification": ("The assistant hangs", _wrapped("hang")),
    "OtherMessage": ("A type of a later day", _wrapped("call-summarised")),
}
