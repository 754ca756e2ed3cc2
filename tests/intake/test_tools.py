"""What the assistant may ask during a call: hours and the promise, the queue, in whichever shape it asks."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings, strategies as st

from callbacks.models import Callback
from intake.messages.tools import read_tool_calls
from tests.cast import OPEN_TUESDAY
from tests.intake.messages import message, tool_calls
from tests.intake.reports import send
from tests.payloads import load_payload, read_payload
from tests.policies.callers import promise_call

URGENT = {"appointmentType": "urgent"}


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def results(sent):
    response = send(sent)
    assert response.status_code == 200
    assert set(response.json()) == {"results"}
    return response.json()["results"]


def ask(name, **arguments):
    (result,) = results(tool_calls({"id": "call_1", "function": {"name": name, "arguments": arguments}}))
    return result.get("result") or result["error"]


SHAPES = {
    "arguments as text": {"id": "call_1", "type": "function", "function": {"name": "clinic_hours", "arguments": json.dumps(URGENT)}},
    "arguments as an object": {"id": "call_1", "name": "clinic_hours", "arguments": URGENT},
    "parameters as an object": {"id": "call_1", "name": "clinic_hours", "parameters": URGENT},
    "arguments in the function": {"id": "call_1", "function": {"name": "clinic_hours", "arguments": URGENT}},
    "parameters in the function": {"id": "call_1", "function": {"name": "clinic_hours", "parameters": URGENT}},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("under", ["toolCallList", "toolCalls", "toolWithToolCallList"])
def test_every_shape_is_read(cast, shape, under):
    call = SHAPES[shape]
    if under == "toolWithToolCallList":
        call = {"type": "function", "name": "clinic_hours", "toolCall": call}
    assert results(tool_calls(call, under=under)) == [
        {
            "toolCallId": "call_1",
            "name": "clinic_hours",
            "result": "open until 12:00; a call now is returned by today 10:42",
        }
    ]


def test_the_name_may_stand_with_the_tool_alone(cast):
    entry = {"function": {"name": "queue_status"}, "toolCall": {"id": "call_1", "function": {"arguments": "{}"}}}
    (result,) = results(tool_calls(entry, under="toolWithToolCallList"))
    assert result["name"] == "queue_status"


@pytest.mark.parametrize(
    ("local", "asked", "expected"),
    [
        ("2026-11-24 10:12", {}, "open until 12:00; a call now is returned by tomorrow 10:12"),
        ("2026-11-24 10:12", {"appointmentType": "urgent"}, "open until 12:00; a call now is returned by today 10:42"),
        ("2026-11-24 12:30", {}, "closed; opens today 13:00; a call now is returned by tomorrow 12:00"),
        ("2026-11-24 22:00", {}, "closed; opens tomorrow 08:00; a call now is returned by tomorrow 17:00"),
        ("2026-11-27 16:50", {}, "open until 17:00; a call now is returned by Mon 09:00"),
    ],
)
def test_clinic_hours_promises_what_the_desk_would_promise(cast, tuesday, local, asked, expected):
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("America/New_York"))
    tuesday.move_to(now)
    assert ask("clinic_hours", **asked) == expected
    callback = promise_call(
        cast.riverside,
        received_at=now,
        phone="+12125550143",
        urgency="urgent" if asked else "routine",
        preferred_window="any",
        preferred_words=None,
    )
    due = callback.due_at.astimezone(cast.riverside.zone)
    assert f"{due:%H:%M}" == expected[-5:]


def test_clinic_hours_without_hours_says_so(cast):
    cast.riverside.periods.all().delete()
    assert ask("clinic_hours") == ("closed; the next opening is not known; when a call now is returned is not known")


@pytest.mark.parametrize("junk", [{"appointmentType": 5}, {"preferredTime": ["x"]}, {"appointmentType": "x" * 9_000}])
def test_clinic_hours_needs_no_argument(cast, junk):
    assert ask("clinic_hours", **junk).startswith("open until 12:00")


def test_queue_status_is_a_number_of_this_clinic(cast):
    promise_call(cast.hilltop, first_name="Hilda")
    assert ask("queue_status") == "no callers are waiting for a call back"
    promise_call(cast.riverside)
    assert ask("queue_status") == "1 caller is waiting for a call back"
    promise_call(cast.riverside, first_name="Chen")
    assert ask("queue_status") == "2 callers are waiting for a call back"
    Callback.objects.update(status="closed", closed_reason="booked", closed_at=OPEN_TUESDAY + timedelta(minutes=1))
    assert ask("queue_status") == "no callers are waiting for a call back"


def test_a_long_queue_is_not_counted_to_its_end(cast, monkeypatch):
    monkeypatch.setattr("intake.messages.tools.MOST_COUNTED", 2)
    for name in ("Dana", "Chen", "Liam"):
        promise_call(cast.riverside, first_name=name)
    assert ask("queue_status") == "more than 2 callers are waiting for a call back"


def test_an_unknown_tool_gets_an_error_and_its_arguments_stay_nowhere(cast):
    (result,) = results(read_payload("vapi/10_tool_calls_openai_shape_string_arguments.json"))
    asked = load_payload("vapi/10_tool_calls_openai_shape_string_arguments.json")["message"]["toolCallList"][0]
    assert result == {
        "toolCallId": asked["id"],
        "name": "submit_appointment_request",
        "error": "This desk does not support that.",
    }


@pytest.mark.parametrize("arguments", ["{", "[]", "5", "null", '"x"', "[" * 2_000, " " * 5_000, [], 5])
def test_arguments_that_are_no_object_get_an_error(cast, arguments):
    call = {"id": "call_1", "function": {"name": "clinic_hours", "arguments": arguments}}
    (result,) = results(tool_calls(call))
    assert result["error"] == "The arguments of this tool are not one JSON object."


@pytest.mark.parametrize("arguments", ["", "  ", "{}", None, {}])
def test_no_arguments_are_none(cast, arguments):
    call = {"id": "call_1", "function": {"name": "queue_status", "arguments": arguments}}
    assert "result" in results(tool_calls(call))[0]


def test_several_calls_are_answered_in_their_order_and_no_more_than_twenty(cast):
    names = ["queue_status", "unknown", "clinic_hours"] * 10
    found = results(tool_calls(*({"id": f"call_{n}", "name": name} for n, name in enumerate(names))))
    assert [result["toolCallId"] for result in found] == [f"call_{n}" for n in range(20)]


@pytest.mark.parametrize(
    "call", [None, 5, "x", [], {}, {"id": ""}, {"id": 5}, {"id": "a b"}, {"id": "x" * 129}, {"name": "clinic_hours"}]
)
def test_a_call_without_an_id_cannot_be_answered(cast, call):
    assert results(tool_calls(call, {"id": "call_2", "name": "queue_status"}))[0]["toolCallId"] == "call_2"


def test_every_answer_is_one_line(cast):
    found = results(
        tool_calls(*({"id": f"c{n}", "name": name} for n, name in enumerate(["clinic_hours", "queue_status", "x"])))
    )
    assert all("\n" not in text for result in found for text in result.values())


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "function", "arguments", "parameters", "toolCall"]), inner)
    ),
    max_leaves=12,
)


# How fast values are made up says nothing of the code.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["toolCallList", "toolCalls", "toolWithToolCallList"]), json_values))
def test_no_shape_whatever_raises(content):
    for call in read_tool_calls(message("tool-calls", **content)["message"]):
        assert call.id
        assert call.arguments is None or isinstance(call.arguments, dict)
