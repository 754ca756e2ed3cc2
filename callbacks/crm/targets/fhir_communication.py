"""Callbacks' CRM mapping to FHIR R4: an attempt as a Communication on its Task (callbacks.md §4.2). Pure."""

from datetime import UTC
from typing import Any

from callbacks.crm.targets import AttemptTold
from callbacks.scheduling.ladder import Outcome

# Fixed for ever, as the callback's: by it a server knows that it has an attempt already.
ATTEMPT_SYSTEM = "urn:ringback:attempt"
OUTCOME_SYSTEM = "urn:ringback:outcome"
# Nothing was said to the caller, nor left for them.
NOT_DONE = frozenset(
    {
        Outcome.HUNG_UP,
        Outcome.NO_ANSWER,
        Outcome.VOICEMAIL_UNAVAILABLE,
        Outcome.BUSY,
        Outcome.CALL_FAILED,
        Outcome.NOT_IN_SERVICE,
        Outcome.WRONG_NUMBER,
    }
)


def communication_of(told: AttemptTold, task_id: str) -> dict[str, Any]:
    """The Communication of an attempt: when and how it ended. Nobody who called or was called, and no word of theirs."""
    return {
        "resourceType": "Communication",
        "identifier": [{"system": ATTEMPT_SYSTEM, "value": str(told.id)}],
        "basedOn": [{"reference": f"Task/{task_id}"}],
        "status": "not-done" if told.outcome in NOT_DONE else "completed",
        "statusReason": {"coding": [{"system": OUTCOME_SYSTEM, "code": told.outcome}]},
        "category": [_coded("http://terminology.hl7.org/CodeSystem/communication-category", "notification")],
        "medium": [_coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", "PHONE")],
        "sent": told.recorded_at.astimezone(UTC).isoformat(timespec="seconds"),
    }


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
