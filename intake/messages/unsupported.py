"""Intake's answers to requests this desk does not serve: "no" in each type's own form, so that no call waits for it."""

from typing import Any

NOT_SUPPORTED = "This desk does not support that."

UNSUPPORTED: dict[str, dict[str, Any]] = {
    "handoff-destination-request": {"error": NOT_SUPPORTED},
    # No documents: the assistant answers from its own prompt.
    "knowledge-base-request": {"documents": []},
    # No audio: the form has no place for an error.
    "voice-request": {"data": ""},
    # The form has no place for an error either: half a second, as without an endpointing server.
    "call.endpointing.request": {"timeoutSeconds": 0.5},
    # This desk runs no campaigns; nobody is called for one.
    "campaign.predial": {"eligible": False},
}
