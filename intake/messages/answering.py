"""Intake's answering: one door for every message that is no report; unknown types are thanked for and forgotten."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.messages.counting import count_message
from intake.messages.destinations import answer_assistant_request, answer_transfer_request
from intake.messages.lifecycle import record_status
from intake.messages.speech import record_speech
from intake.messages.tools import answer_tool_calls
from intake.messages.unsupported import UNSUPPORTED
from intake.models import Line
from intake.sources.vapi import VapiMessage
from intake.sources.vapi.envelope import JsonObject
from intake.sources.vapi.kinds import known_word

Answer = dict[str, Any]

IGNORED: Answer = {"received": True, "outcome": "ignored"}
# The article's answer to a barge-in; VAPI itself waits for none.
FLUSH_AND_RESUME: Answer = {"acknowledged": True, "action": "flush_and_resume"}


@dataclass(frozen=True, slots=True)
class Told:
    """A proven message of a line: what was read of it, its content for those who answer it, and when it came (UTC)."""

    message: VapiMessage
    content: JsonObject
    line: Line
    received_at: datetime


def answer_message(told: Told) -> Answer:
    """Count the message and return its answer, whatever its type; always to be sent with 200.

    Nothing of its content is stored: a status update leaves a step of its call's timeline, speech its instant, every
    other type a count.
    """
    count_message(told.line, known_word(told.message.type), at=told.received_at)
    unsupported = UNSUPPORTED.get(told.message.type)
    if unsupported is not None:
        return unsupported
    answer = _ANSWERS.get(told.message.type)
    return IGNORED if answer is None else answer(told)


def _status_update(told: Told) -> Answer:
    record_status(told.message, told.content, line=told.line, received_at=told.received_at)
    return IGNORED


def _speech_update(told: Told) -> Answer:
    record_speech(told.message, told.content, line=told.line, received_at=told.received_at)
    return FLUSH_AND_RESUME if told.message.status == "interrupted" else IGNORED


_ANSWERS: dict[str, Callable[[Told], Answer]] = {
    "assistant-request": lambda told: answer_assistant_request(told.line, now=told.received_at),
    "speech-update": _speech_update,
    "status-update": _status_update,
    "tool-calls": lambda told: answer_tool_calls(told.content, line=told.line, now=told.received_at),
    "user-interrupted": _speech_update,
    "transfer-destination-request": lambda told: answer_transfer_request(told.line, now=told.received_at),
}
