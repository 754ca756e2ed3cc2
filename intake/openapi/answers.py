"""Intake's description of answers: what 200 holds for each kind of message, and every refusal with its status."""

from collections import defaultdict
from typing import Any

from audit.scope import TrailUnwritableError
from intake.openapi.messages import TEXT, Schema
from intake.refusals import (
    BodyRefusal,
    BodyTimeoutRefusal,
    ClientRefusal,
    FloodRefusal,
    FormTypeRefusal,
    GrantRefusal,
    LengthRefusal,
    MediaTypeRefusal,
    MethodRefusal,
    MissingFieldsRefusal,
    NotConfiguredRefusal,
    SignatureRefusal,
    SizeRefusal,
    TokenRequestRefusal,
    UnavailableRefusal,
    UnexpectedFieldsRefusal,
)
from lib.errors import NotFoundRefusal, Refusal

_EVERYWHERE: tuple[type[Refusal], ...] = (
    MethodRefusal,
    BodyTimeoutRefusal,
    LengthRefusal,
    SizeRefusal,
    FloodRefusal,
    UnavailableRefusal,
    TrailUnwritableError,
)
DELIVERY_REFUSALS = (
    *_EVERYWHERE,
    MediaTypeRefusal,
    BodyRefusal,
    MissingFieldsRefusal,
    SignatureRefusal,
    UnexpectedFieldsRefusal,
    NotConfiguredRefusal,
)
LINE_REFUSALS = (*DELIVERY_REFUSALS, NotFoundRefusal)
TOKEN_REFUSALS = (*_EVERYWHERE, FormTypeRefusal, TokenRequestRefusal, GrantRefusal, ClientRefusal)

# What a code means beyond its sentence.
_REMARKS: dict[type[Refusal], str] = {
    BodyRefusal: "Not JSON, not an object, deeper than 20, not UTF-8, or a key twice within what the caller asked for.",
    MissingFieldsRefusal: "Only with INTAKE_STRICT=1.",
    UnexpectedFieldsRefusal: "Only with INTAKE_STRICT=1.",
    SignatureRefusal: "`manage.py explain_delivery` says why; the answer does not.",
    SizeRefusal: "5 MiB for a message, 4 KiB for a request for a token.",
    FloodRefusal: "Only what is refused is counted (INTAKE_RATE_LIMIT); what is proven is taken all the same.",
    NotFoundRefusal: "No line in use has this id.",
}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": [*required],
        "additionalProperties": False,
    }


def _any_of(*schemas: Schema) -> Schema:
    return {"anyOf": [*schemas]}


_SPOKEN = _object({"error": {"type": "string", "description": "To be spoken to the caller."}})
_STAFF = _object(
    {"destination": _object({"type": {"const": "number"}, "number": TEXT, "message": TEXT})},
)
_NAMED: Schema = {"toolCallId": TEXT}

ANSWERS: dict[str, Schema] = {
    "Stored": _object(
        {
            "received": {"const": True},
            "outcome": {
                "enum": ["queued", "needs_review", "quarantined", "duplicate"],
                "description": (
                    "queued: a callback opens. needs_review: it opens for a look first. quarantined: the same, and"
                    " something was dropped. duplicate: it was stored before, `id` is the first one's."
                ),
            },
            "id": {"type": "string", "format": "uuid", "description": "The delivery's, for the trail."},
        }
    ),
    "Ignored": _object({"received": {"const": True}, "outcome": {"const": "ignored"}}),
    "Acknowledged": _object({"acknowledged": {"const": True}, "action": {"const": "flush_and_resume"}}),
    "Assistant": _object({"assistantId": TEXT}),
    "Staff": _STAFF,
    "Spoken": _SPOKEN,
    "ToolResults": _object(
        {
            "results": {
                "type": "array",
                "items": _any_of(
                    _object({**_NAMED, "result": TEXT}, name=TEXT), _object({**_NAMED, "error": TEXT}, name=TEXT)
                ),
            }
        }
    ),
    "NotSupported": _any_of(
        _object({"documents": {"type": "array", "maxItems": 0}}),
        _object({"data": {"const": ""}}),
        _object({"timeoutSeconds": {"type": "number"}}),
        _object({"eligible": {"const": False}}),
    ),
}

TOKEN: Schema = _object(
    {"access_token": TEXT, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}},
)


def refusals_by_status(refusals: tuple[type[Refusal], ...]) -> dict[int, tuple[str, Schema]]:
    """For each status what is said in words, and the schema of its answer: these codes and no others."""
    found: dict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in refusals:
        found[refusal.status].append(refusal)
    return {status: (_words(found[status]), _refusal_schema(found[status])) for status in sorted(found)}


def _words(refusals: list[type[Refusal]]) -> str:
    return "\n\n".join(
        f"`{refusal.code}`: {refusal.sentence} {_REMARKS.get(refusal, '')}".rstrip() for refusal in refusals
    )


def _refusal_schema(refusals: list[type[Refusal]]) -> Schema:
    codes: list[Any] = [refusal.code for refusal in refusals]
    return _object({"error": {"enum": codes}, "detail": {"type": "string", "description": "A sentence; no input."}})
