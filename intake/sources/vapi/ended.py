"""Groups VAPI's several hundred reasons why a call ended into the few that matter to staff."""

from intake.sources.vapi.draft import EndedReasonGroup

_LONGEST_REASON = 200
_TRANSCRIBER = "transcriber"

# The first rule that fits wins, so errors come before the words that also occur inside their names.
_RULES: tuple[tuple[EndedReasonGroup, tuple[str, ...]], ...] = (
    (
        EndedReasonGroup.NEVER_CONNECTED,
        (
            "call-start-error",
            "call.start.",
            "call.ringing.error",
            "call.ringing.sip",
            "call.ringing.hook-executed-say",
            "assistant-join-timed-out",
            "assistant-not-",
            "customer-busy",
            "customer-did-not-",
            "phone-call-provider-bypass-enabled-but-no-call-received",
            "scheduled-call-deleted",
            "twilio-failed-to-connect-call",
            "twilio-reported-customer-misdialed",
            "vonage-failed-to-connect-call",
            "vonage-rejected",
        ),
    ),
    (
        EndedReasonGroup.TRANSFERRED,
        (
            "assistant-forwarded-call",
            "assistant-request-returned-forwarding-phone-number",
            "call.ringing.hook-executed-transfer",
            "call.ending.hook-executed-transfer",
        ),
    ),
    # An assistant request that came to nothing: the caller never heard the assistant.
    (EndedReasonGroup.NEVER_CONNECTED, ("assistant-request-",)),
    (
        EndedReasonGroup.ERROR,
        (
            "call.in-progress.error",
            "pipeline-error",
            "call.forwarding.",
            "phone-call-provider-closed-websocket",
            "vonage-disconnected",
            "worker-shutdown",
        ),
    ),
    (
        EndedReasonGroup.CALLER_ENDED,
        (
            "customer-ended-call",
            "call.in-progress.twilio-completed-call",
            "call.in-progress.sip-completed-call",
            "vonage-completed",
        ),
    ),
    (
        EndedReasonGroup.ASSISTANT_ENDED,
        (
            "assistant-ended-call",
            "assistant-said-end-call-phrase",
            "call.ending.hook-executed-say",
            "exceeded-max-duration",
        ),
    ),
    (EndedReasonGroup.SILENCE, ("silence",)),
    (EndedReasonGroup.VOICEMAIL, ("voicemail",)),
)
# For reasons VAPI has yet to invent.
_WORDS: tuple[tuple[EndedReasonGroup, tuple[str, ...]], ...] = (
    (EndedReasonGroup.RECOGNITION, (_TRANSCRIBER,)),
    (EndedReasonGroup.ERROR, ("error", "failed", "fault")),
    (EndedReasonGroup.SILENCE, ("silence",)),
    (EndedReasonGroup.VOICEMAIL, ("voicemail",)),
    (EndedReasonGroup.TRANSFERRED, ("transfer", "forward")),
)


def group_ended_reason(value: object) -> EndedReasonGroup:
    """Return the group of an `endedReason`; UNKNOWN for reasons that fit none and for values that are none."""
    if not isinstance(value, str):
        return EndedReasonGroup.UNKNOWN
    reason = value[:_LONGEST_REASON].lower()
    for group, prefixes in _RULES:
        if reason.startswith(prefixes):
            return (
                EndedReasonGroup.RECOGNITION if group is EndedReasonGroup.ERROR and _TRANSCRIBER in reason else group
            )
    for group, words in _WORDS:
        if any(word in reason for word in words):
            return group
    return EndedReasonGroup.UNKNOWN
