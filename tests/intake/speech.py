"""Speech of calls as VAPI tells it: who began, paused and was interrupted, and never what was said."""

from datetime import datetime, timedelta
from typing import Any

from lib import clock
from tests.intake.messages import CALL_ID, message
from tests.intake.reports import report, send


def speech(
    status: str, at: datetime, *, role: str = "user", call_id: str | None = CALL_ID, **said: Any
) -> dict[str, Any]:
    return message("speech-update", status=status, role=role, call_id=call_id, timestamp=at.timestamp() * 1000, **said)


def interruption(at: datetime, *, call_id: str | None = CALL_ID) -> dict[str, Any]:
    return message("user-interrupted", turnId="a-turn", call_id=call_id, timestamp=at.timestamp() * 1000)


def call_with_interruptions(*noticed_after: int, call_id: str = CALL_ID, began: datetime | None = None) -> None:
    """A call in which the caller takes the word, each time noticed after so many milliseconds."""
    at = began or clock.now()
    for milliseconds in noticed_after:
        send(speech("started", at, call_id=call_id))
        send(interruption(at + timedelta(milliseconds=milliseconds), call_id=call_id))
        send(speech("stopped", at + timedelta(milliseconds=900), call_id=call_id))
        at += timedelta(seconds=5)


def ended(reason: str, *, call_id: str = CALL_ID) -> None:
    send(message("status-update", status="ended", endedReason=reason, call_id=call_id))


def some_calls() -> None:
    """Good lines and a poor one, and ends of several kinds; the poor one's caller waits to be rung back."""
    for number, noticed_after in enumerate((120, 180, 190, 230, 250, 280, 340)):
        call_with_interruptions(*[noticed_after] * 3, call_id=f"call-{number}")
        ended("customer-ended-call" if number < 5 else "silence-timed-out", call_id=f"call-{number}")
    call_with_interruptions(410, 480, 720, call_id="call-poor")
    send(report(call_id="call-poor"))
    ended("pipeline-error-deepgram-transcriber-failed", call_id="call-poor")
