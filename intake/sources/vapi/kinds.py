"""The types of VAPI's messages: an open set, of which these are known."""

REPORT_TYPES = frozenset({"end-of-call-report", "structured-data-extracted"})

# Whoever sends these waits for an answer of the type's own form.
REQUEST_TYPES = frozenset(
    {
        "assistant-request", "call.endpointing.request", "campaign.predial", "handoff-destination-request",
        "knowledge-base-request", "tool-calls", "transfer-destination-request", "voice-request",
    }
)  # fmt: skip

KNOWN_TYPES = frozenset(
    {
        "assistant.speechStarted", "call.artifact.upload", "call.delete.failed", "call.deleted", "chat.created",
        "chat.deleted", "conversation-update", "hang", "language-change-detected", "language-changed", "model-output",
        "phone-call-control", "session.created", "session.deleted", "session.updated", "speech-update",
        "status-update", "transcript", "transfer-update", "user-interrupted", "voice-input",
    }
) | REPORT_TYPES | REQUEST_TYPES  # fmt: skip


def known_word(message_type: str) -> str:
    """The type for logs and counts, from a closed list: what a sender writes there is the sender's text."""
    return message_type if message_type in KNOWN_TYPES else "other"
