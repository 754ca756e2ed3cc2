"""The endpoint under hostile bodies, all signed: each is taken or refused as decided, none breaks it, none is lost."""

import json
import math

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings, strategies as st

from intake.models import Delivery
from intake.sources.vapi.kinds import KNOWN_TYPES
from intake.sources.vapi.reading import DEEPEST_NESTING
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import assert_refused, send, stored
from tests.intake.sources.test_vapi_totality import NAMES, WILD_JSON
from tests.intake.torture import ANSWERS, BROKEN_OFF, DOCUMENTS, IGNORED, MALFORMED, REFUSED, TAKEN, in_a_report
from tests.intake.tried import SHAPES, note


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield


def sent(body: bytes):
    response = send(body)
    note("torture", response.status_code)
    return response


@pytest.mark.parametrize("name", TAKEN)
def test_no_report_is_lost_over_what_stands_beside_the_answers(name):
    response = sent(in_a_report(TAKEN[name], 1, beside=True))
    assert response.json() == {"received": True, "outcome": "queued", "id": str(Delivery.objects.get().pk)}


@pytest.mark.parametrize("name", ANSWERS)
def test_no_report_is_lost_over_an_answer(name):
    fragment, outcome = ANSWERS[name]
    assert sent(in_a_report(fragment, 1, beside=False)).json()["outcome"] == outcome
    assert stored()[0] == 1


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_json_is_refused(name):
    assert_refused(sent(in_a_report(REFUSED[name], 1, beside=True)), 400, "malformed")
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_whole_body_is_taken_or_refused_as_decided(name):
    body, expected = DOCUMENTS[name]
    response = sent(body)
    if expected == MALFORMED:
        assert_refused(response, 400, "malformed")
    else:
        assert response.json()["outcome"] == expected
    assert stored()[0] == (expected not in {MALFORMED, IGNORED})


def test_a_report_that_broke_off_is_refused_wherever_it_did():
    for name, body in BROKEN_OFF.items():
        assert sent(body).status_code == 400, name
    assert stored() == (0, 0, 0)


FURTHER_NAMES = st.sampled_from(
    [
        "toolCallList", "toolCalls", "toolWithToolCallList", "toolCall", "function", "arguments", "parameters", "name",
        "assistant", "assistantId", "phoneNumber", "phoneCallProviderId", "transcript", "partialText", "role",
    ]
)  # fmt: skip
FIELDS = st.dictionaries(NAMES | FURTHER_NAMES | st.text(max_size=8), WILD_JSON, max_size=8)
MESSAGES = st.builds(
    lambda kind, fields, is_wrapped: {"message": {**fields, "type": kind}} if is_wrapped else {**fields, "type": kind},
    st.sampled_from(sorted(KNOWN_TYPES)) | st.text(max_size=20),
    FIELDS,
    st.booleans(),
)


@settings(max_examples=SHAPES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MESSAGES)
def test_any_shape_under_any_type_is_answered(message):
    """400 for what JSON cannot say or what is too deep, 200 for everything else; what has an id is stored."""
    response = send(json.dumps(message).encode())
    note("shapes", response.status_code)
    assert response.status_code == (200 if is_readable(message) else 400), response.content
    answer = response.json()
    if "id" in answer:
        assert Delivery.objects.filter(pk=answer["id"]).exists()


def is_readable(message) -> bool:
    return all(map(math.isfinite, floats_of(message))) and depth_of(message) <= DEEPEST_NESTING


def inner_of(value) -> list:
    return [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []


def floats_of(value) -> list[float]:
    return [value] if isinstance(value, float) else [found for inner in inner_of(value) for found in floats_of(inner)]


def depth_of(value) -> int:
    return 1 + max(map(depth_of, inner_of(value)), default=0) if isinstance(value, dict | list) else 0
