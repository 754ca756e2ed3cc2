"""Intake's speech: when somebody began, paused or was interrupted in a call; never what anybody said."""

from datetime import datetime

from intake.messages.lifecycle import BELIEVED_WITHIN
from intake.models import CallQuality, Line, SpeechSignal
from intake.quality.barge_in import Speech
from intake.sources.vapi import VapiMessage
from intake.sources.vapi.envelope import JsonObject, token_at

_CALLER = frozenset({"user", "customer"})


def speech_of(message: VapiMessage, content: JsonObject) -> Speech | None:
    """What a `speech-update` or `user-interrupted` tells; None for a status VAPI has yet to invent.

    The article's messages name no role: they are about the assistant's voice.
    """
    if message.type == "user-interrupted" or message.status == "interrupted":
        return Speech.INTERRUPTED
    is_caller = token_at(content, "role") in _CALLER
    if message.status == "started":
        return Speech.CALLER_BEGAN if is_caller else Speech.ASSISTANT_BEGAN
    if message.status == "stopped":
        return Speech.CALLER_PAUSED if is_caller else Speech.ASSISTANT_PAUSED
    return None


def record_speech(message: VapiMessage, content: JsonObject, *, line: Line, received_at: datetime) -> None:
    """Keep one instant of a call's speech, once, and note that the call is to be measured.

    Milliseconds are measured between the sender's own instants: a message without one, or with one a day off, tells
    nothing and is only counted. So is one that names no call.
    """
    speech, at = speech_of(message, content), message.timestamp
    if message.call_id is None or speech is None or at is None or abs(at - received_at) > BELIEVED_WITHIN:
        return
    signal = SpeechSignal(line=line, call_id=message.call_id, speech=speech, at=at)
    SpeechSignal.objects.bulk_create([signal], ignore_conflicts=True)
    if not CallQuality.objects.filter(line=line, call_id=message.call_id).update(changed_at=received_at):
        quality = CallQuality(line=line, call_id=message.call_id, changed_at=received_at)
        # Somebody may have been faster; a call is measured long after both.
        CallQuality.objects.bulk_create([quality], ignore_conflicts=True)
