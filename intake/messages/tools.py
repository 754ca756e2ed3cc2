"""Intake's tools: what the assistant may ask the desk during a call. Answers are one line and hold no caller's data."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callbacks.calendars import clinic_calendar
from callbacks.queries.counts import open_callbacks
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.due import compute_promise
from callbacks.scheduling.hours import closes_at, next_opening
from callbacks.scheduling.wording import clock as clock_time, day_and_clock
from intake.messages.unsupported import NOT_SUPPORTED
from intake.models import Line
from intake.sources.vapi.appointment import parse_appointment
from intake.sources.vapi.envelope import JsonObject, object_at, token_at, value_at
from intake.sources.vapi.preferred_time import parse_preferred_time

MOST_CALLS = 20
LONGEST_ID = 128
# "9 or more" would tell a caller nothing; "more than 99" is a busy day.
MOST_COUNTED = 99
# Arguments are ours to read only as far as an appointment goes.
LONGEST_ARGUMENTS = 4_000
BROKEN_ARGUMENTS = "The arguments of this tool are not one JSON object."


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of one tool. `arguments` is None where they are no JSON object; what is in them is the caller's."""

    id: str
    name: str
    arguments: JsonObject | None = field(repr=False)


def answer_tool_calls(content: JsonObject, *, line: Line, now: datetime) -> dict[str, Any]:
    """One result for each call, in order; an error where the tool is unknown or its arguments cannot be read."""
    return {"results": [_result(call, line, now) for call in read_tool_calls(content)]}


def read_tool_calls(content: JsonObject) -> Iterator[ToolCall]:
    """Yield the calls of a message, at most 20: from `toolCallList`, `toolCalls` or `toolWithToolCallList`.

    Arguments come as JSON text in `function.arguments`, or as an object in `arguments` or `parameters`, beside the
    function or in it. A call without an id cannot be answered and is left out.
    """
    calls = next(
        (found for name in ("toolCallList", "toolCalls") if isinstance(found := content.get(name), list)), None
    )
    if calls is None:
        beside = content.get("toolWithToolCallList")
        calls = [_with_name(entry) for entry in beside] if isinstance(beside, list) else []
    for entry in calls[:MOST_CALLS]:
        if not isinstance(entry, dict):
            continue
        call_id = token_at(entry, "id", longest=LONGEST_ID)
        if call_id is not None:
            name = token_at(entry, "function", "name") or token_at(entry, "name") or ""
            yield ToolCall(id=call_id, name=name, arguments=_arguments_of(entry))


def _with_name(entry: object) -> object:
    """A call of `toolWithToolCallList`; its name may stand with the tool only."""
    if not isinstance(entry, dict):
        return entry
    call = dict(object_at(entry, "toolCall"))
    call.setdefault("name", value_at(entry, "function", "name") or value_at(entry, "name"))
    return call


def _arguments_of(entry: JsonObject) -> JsonObject | None:
    places = (("function", "arguments"), ("arguments",), ("parameters",), ("function", "parameters"))
    given = next((found for path in places if (found := value_at(entry, *path)) is not None), {})
    if isinstance(given, str):
        if len(given) > LONGEST_ARGUMENTS:
            return None
        try:
            given = json.loads(given) if given.strip() else {}
        except (ValueError, RecursionError):
            return None
    return given if isinstance(given, dict) else None


def _result(call: ToolCall, line: Line, now: datetime) -> dict[str, str]:
    named = {"toolCallId": call.id} | ({"name": call.name} if call.name else {})
    answer = _TOOLS.get(call.name)
    if answer is None:
        return named | {"error": NOT_SUPPORTED}
    if call.arguments is None:
        return named | {"error": BROKEN_ARGUMENTS}
    return named | {"result": answer(call.arguments, line, now)}


def clinic_hours(arguments: JsonObject, line: Line, now: datetime) -> str:
    """Whether the clinic is open, and by when a call now is returned: the very due time its callback would get.

    `appointmentType` "urgent" and `preferredTime` count as they would in a report. Times are the clinic's.
    """
    clinic = line.clinic
    calendar, zone = clinic_calendar(clinic), clinic.zone
    _, urgency, _ = parse_appointment(arguments.get("appointmentType"))
    window, _, _ = parse_preferred_time(arguments.get("preferredTime"))
    # The number's zone is not known while the caller speaks; the clinic's stands for it.
    promise = compute_promise(now, calendar, (), PreferredWindow(window), Urgency(urgency))
    closes, opens = closes_at(calendar, now), next_opening(calendar, now)
    if closes is not None:
        state = f"open until {clock_time(closes, zone)}"
    elif opens is not None:
        state = f"closed; opens {day_and_clock(opens, now, zone)}"
    else:
        state = "closed; the next opening is not known"
    if promise.due_at is None:
        return f"{state}; when a call now is returned is not known"
    return f"{state}; a call now is returned by {day_and_clock(promise.due_at, now, zone)}"


def queue_status(arguments: JsonObject, line: Line, now: datetime) -> str:
    """How many callers of the clinic wait to be called back; a number, and nothing about any of them."""
    del arguments, now
    waiting = open_callbacks(line.clinic, at_most=MOST_COUNTED + 1)
    if waiting > MOST_COUNTED:
        return f"more than {MOST_COUNTED} callers are waiting for a call back"
    if waiting == 1:
        return "1 caller is waiting for a call back"
    return f"{waiting or 'no'} callers are waiting for a call back"


_TOOLS: dict[str, Callable[[JsonObject, Line, datetime], str]] = {
    "clinic_hours": clinic_hours,
    "queue_status": queue_status,
}
