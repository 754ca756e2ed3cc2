"""Finds the structured data in a VAPI message and keeps the allow-listed keys, naming what it leaves behind."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from intake.sources.vapi.envelope import JsonObject, message_of, object_at, value_at

ALLOWED_KEYS = ("patientFirstName", "callbackNumber", "appointmentType", "preferredTime", "language")

# Names that say nothing about one person may be logged; any other name is hashed, because a name can be PHI too.
_SPEAKABLE_NAMES = (
    "address",
    "age",
    "allergies",
    "allergy",
    "birthDate",
    "complaint",
    "condition",
    "conditions",
    "dateOfBirth",
    "diagnosis",
    "dob",
    "doctor",
    "email",
    "firstName",
    "fullName",
    "gender",
    "healthPlan",
    "history",
    "insurance",
    "insuranceId",
    "insuranceProvider",
    "lastName",
    "medicalHistory",
    "medicalRecordNumber",
    "medication",
    "medications",
    "memberId",
    "mrn",
    "name",
    "note",
    "notes",
    "patientId",
    "patientLastName",
    "patientName",
    "phone",
    "phoneNumber",
    "policyNumber",
    "prescription",
    "provider",
    "reason",
    "reasonForVisit",
    "socialSecurityNumber",
    "ssn",
    "summary",
    "symptom",
    "symptoms",
    "transcript",
    "treatment",
)
_MOST_DROPPED_NAMES = 50


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


_SPEAKABLE_BY_FOLDED = {_folded(name): name for name in _SPEAKABLE_NAMES}


@dataclass(frozen=True, slots=True)
class StructuredData:
    """The allow-listed part of what the assistant extracted."""

    # False where the message held no object with any allow-listed key.
    found: bool
    values: Mapping[str, object] = field(repr=False)
    # Allow-listed names that carried anything at all.
    collected: tuple[str, ...]
    # Unexpected names, sorted: in clear from a closed list, else `hashed:<8 hex>`. At most 50.
    dropped_keys: tuple[str, ...]


def read_structured(message: JsonObject, *, structured_output_ids: frozenset[str]) -> StructuredData:
    """Return the structured data of a message, the first usable place winning.

    Places in order: structured outputs with a configured id, other structured outputs, `analysis.structuredData`,
    `structuredData`. Usable is an object with any allow-listed key. Unexpected names are gathered from every
    place that speaks about the appointment, also from those that did not win.
    """
    outputs = _results_by_id(message)
    configured = [result for output_id, result in outputs if output_id in structured_output_ids]
    others = [result for output_id, result in outputs if output_id not in structured_output_ids]
    # A clinic may run other outputs ("Call quality"): without one of our keys they are not about the appointment.
    about_appointment = [result for result in others if _is_usable(result)]
    candidates = [
        value for value in (*configured, *about_appointment, *_plain_values(message)) if isinstance(value, dict)
    ]
    chosen: Mapping[str, object] = next((value for value in candidates if _is_usable(value)), {})
    return StructuredData(
        found=bool(chosen),
        values={key: chosen[key] for key in ALLOWED_KEYS if key in chosen},
        collected=tuple(key for key in ALLOWED_KEYS if chosen.get(key) not in (None, "")),
        dropped_keys=_unexpected_names(candidates),
    )


def structured_values(document: JsonObject) -> Iterator[object]:
    """Yield every value of a delivery that stands where structured data may stand, usable or not."""
    message = message_of(document)
    for _, result in _results_by_id(message):
        yield result
    yield from _plain_values(message)


def _results_by_id(message: JsonObject) -> list[tuple[str, object]]:
    outputs = object_at(message, "artifact", "structuredOutputs")
    return [(output_id, value_at(outputs, output_id, "result")) for output_id in outputs]


def _plain_values(message: JsonObject) -> tuple[object, object]:
    return value_at(message, "analysis", "structuredData"), value_at(message, "structuredData")


def _is_usable(value: object) -> bool:
    return isinstance(value, dict) and any(key in value for key in ALLOWED_KEYS)


def _unexpected_names(candidates: list[dict[str, object]]) -> tuple[str, ...]:
    names = {key for value in candidates for key in value if key not in ALLOWED_KEYS}
    return tuple(sorted({_speakable(name) for name in names})[:_MOST_DROPPED_NAMES])


def _speakable(name: str) -> str:
    known = _SPEAKABLE_BY_FOLDED.get(_folded(name))
    if known is not None:
        return known
    # Names may hold lone surrogates, which plain UTF-8 refuses.
    return f"hashed:{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
