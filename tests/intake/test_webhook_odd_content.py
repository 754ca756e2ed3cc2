"""Signed reports with odd content: stored and reviewed, never lost to a 4xx and never a 500 (decision 9; rows 18-20)."""

import json

import pytest
import time_machine

from audit.background import service_scope
from callbacks.models import Callback
from callbacks.states import Status
from intake.models import Delivery
from intake.services.opening import open_delivery
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import as_bytes, report, send, stored
from tests.payloads import WRONG_TYPES

FIELDS = ("patientFirstName", "callbackNumber", "appointmentType", "preferredTime")


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield


def opened_from(message) -> Callback:
    """Send a report, open its callback, and return it."""
    response = send(message)
    assert response.status_code == 200, response.content
    with service_scope("worker", route="test"):
        open_delivery(Delivery.objects.get().pk)
    return Callback.objects.get()


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud800"',
        '"Dana\\ud800"',
        '"\\u0000"',
        '"Dana\\u0000"',
        "1e400",
        "-1e400",
        "9" * 5000,
        '"Dana\\u202eanaD"',
        '"\\u200b"',
    ],
)
@pytest.mark.parametrize("field", FIELDS)
def test_unreadable_text_in_a_field_is_a_review_not_a_loss(field, text):
    assert_review(field, text)


@pytest.mark.parametrize(
    "text",
    [
        '"<script>alert(1)</script>"',
        '"{{ 7|add:7 }}"',
        '"\'; DROP TABLE intake_delivery; --"',
        '"' + "x" * 10_000 + '"',
    ],
)
@pytest.mark.parametrize("field", ["patientFirstName", "callbackNumber", "appointmentType"])
def test_text_that_is_no_answer_is_a_review(field, text):
    assert_review(field, text)


def assert_review(field: str, text: str) -> None:
    body = as_bytes(report(**{field: "@@@"})).replace(b'"@@@"', text.encode())
    callback = opened_from(body)
    assert callback.status == Status.NEEDS_REVIEW
    assert callback.review_reasons
    assert callback.due_at is not None


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "1e400"])
def test_unreadable_text_elsewhere_is_dropped_and_nobody_is_bothered(text):
    message = report()
    message["message"]["transcript"] = "@@@"
    message["message"]["artifact"]["messages"] = [{"message": "@@@"}]
    assert opened_from(as_bytes(message).replace(b"@@@", text.encode())).status == Status.OPEN


@pytest.mark.parametrize("value", WRONG_TYPES, ids=repr)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_the_wrong_type_is_a_review(field, value):
    assert opened_from(report(**{field: value})).status == Status.NEEDS_REVIEW


@pytest.mark.parametrize("field", ["patientFirstName", "callbackNumber"])
def test_a_missing_field_is_a_review_with_the_promise_running(field):
    callback = opened_from(report(**{field: None}))
    assert callback.status == Status.NEEDS_REVIEW
    assert callback.promised_by is not None


def test_a_key_nobody_asked_for_is_a_review_and_its_value_is_gone():
    response = send(report(diagnosis="Zqxdiagnosis", Zqxname="Zqxvalue"))
    assert response.json()["outcome"] == "quarantined"
    assert b"Zqx" not in response.content
    row = json.dumps(Delivery.objects.values("dropped_keys", "collected", "defects").get())
    assert "Zqx" not in row
    assert "diagnosis" in row


@pytest.mark.parametrize("where", ["call", "analysis", "artifact", "customer", "startedAt", "endedReason", "type"])
@pytest.mark.parametrize("value", [None, 5, "text", [], [[]], {}, True], ids=repr)
def test_any_part_of_the_envelope_may_be_anything(where, value):
    message = report()
    message["message"][where] = value
    response = send(message)
    assert response.status_code == 200
    assert response.json()["outcome"] in {"queued", "needs_review", "ignored"}
    assert stored()[0] == (response.json()["outcome"] != "ignored")


@pytest.mark.parametrize("document", [{}, {"message": None}, {"message": []}, {"type": None}, {"message": {}}])
def test_an_object_that_says_nothing_is_ignored(document):
    assert send(document).json() == {"received": True, "outcome": "ignored"}


@pytest.mark.parametrize("call_id", ["a b", "é", "x" * 129, "", "a:b", "+12025550143", None, 5, ["a"]])
def test_a_call_id_that_does_not_look_like_one_is_not_stored_in_clear(call_id):
    message = report()
    message["message"]["call"]["id"] = call_id
    assert send(message).json()["outcome"] == "queued"
    delivery = Delivery.objects.get()
    assert delivery.call_id == ""
    assert delivery.is_digest_based


def test_numbers_and_names_of_the_world_are_taken():
    for name in ("José", "O'Neil", "Mary-Ann", "明", "Zoë", "Müller"):
        assert send(report(patientFirstName=name)).json()["outcome"] == "queued"
    assert send(report(callbackNumber="(202) 555-0143")).json()["outcome"] == "queued"
