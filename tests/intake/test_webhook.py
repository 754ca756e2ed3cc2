"""Reports that are taken: signed in either form, in any shape, at any of the endpoint's addresses (security.md §1)."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings

from audit.events import DELIVERY_RECEIVED
from intake.messages.answering import FLUSH_AND_RESUME, IGNORED
from intake.models import Delivery, DeliveryJob, Line
from intake.signatures import SecretKey, sign_article_form, sign_vapi_default
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import (
    article_signature,
    as_bytes,
    assert_refused,
    report,
    secret,
    send,
    stored,
    vapi_signature,
)
from tests.payloads import read_payload, vapi_payload_names

OLDER_SECRET = "tests-only-older-secret-0123456789"


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield


def test_a_signed_report_is_one_delivery_one_job_and_one_event(cast, trail):
    response = send(report(call_id="call-1"))
    assert response.status_code == 200
    delivery = Delivery.objects.get()
    assert response.json() == {"received": True, "outcome": "queued", "id": str(delivery.pk)}
    assert DeliveryJob.objects.get().delivery == delivery
    assert delivery.line == cast.line
    assert delivery.call_id == "call-1"
    assert delivery.key_id == SecretKey.from_text(secret()).key_id
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_the_event_says_whose_line_and_what_was_collected_but_not_what_was_said(cast, trail):
    send(report(call_id="call-1", diagnosis="Zqxdiagnosis", patientFirstName="Zqxname"))
    delivery = Delivery.objects.get()
    (event,) = trail.events(DELIVERY_RECEIVED)
    assert event["actor_kind"] == "webhook"
    assert event["actor_id"] == str(cast.line.pk)
    assert event["clinic_id"] == str(cast.riverside.pk)
    assert event["object_id"] == str(delivery.pk)
    assert event["details"]["call_id"] == "call-1"
    assert event["details"]["duration_seconds"] == 48
    assert event["details"]["dropped_keys"] == ["diagnosis"]
    assert "patientFirstName" in event["details"]["data_collected"]
    assert "Zqx" not in json.dumps(trail.events())
    assert "2025550143" not in json.dumps(trail.events())


def test_both_default_forms_of_a_signature_are_taken(cast):
    assert send(report(), headers=None).json()["outcome"] == "queued"
    body = as_bytes(report())
    assert send(body, vapi_signature(body)).json()["outcome"] == "queued"
    assert sorted(Delivery.objects.values_list("scheme", flat=True)) == ["article", "vapi-default"]


def test_upper_case_hex_is_the_same_signature(cast):
    body = as_bytes(report())
    assert send(body, {"X-Vapi-Signature": article_signature(body)["x-vapi-signature"].upper()}).status_code == 200


@pytest.mark.parametrize("skew", [-299, 0, 299])
def test_a_timestamp_within_five_minutes_is_fresh(cast, skew):
    body = as_bytes(report())
    assert send(body, vapi_signature(body, sent_at=OPEN_TUESDAY + timedelta(seconds=skew))).status_code == 200


def test_a_timestamp_may_be_in_milliseconds(cast):
    body = as_bytes(report())
    milliseconds = int(OPEN_TUESDAY.timestamp() * 1000)
    assert send(body, sign_vapi_default(secret(), body, milliseconds)).status_code == 200


def test_during_a_rotation_both_secrets_open_and_the_delivery_says_which(cast, settings):
    settings.VAPI_SERVER_SECRETS = [secret(), OLDER_SECRET]
    for text in (settings.VAPI_SERVER_SECRETS[0], OLDER_SECRET):
        body = as_bytes(report())
        assert send(body, sign_article_form(text, body)).status_code == 200
    keys = {SecretKey.from_text(text).key_id for text in settings.VAPI_SERVER_SECRETS}
    assert set(Delivery.objects.values_list("key_id", flat=True)) == keys
    assert len(keys) == 2


def test_a_secret_taken_out_of_the_settings_opens_nothing(cast, settings):
    settings.VAPI_SERVER_SECRETS = [secret()]
    body = as_bytes(report())
    assert_refused(send(body, sign_article_form(OLDER_SECRET, body)), 401, "unauthorized")
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'application/json;charset="UTF-8"', "Application/JSON"],
)
def test_json_in_utf8_is_taken_however_it_is_spelled(cast, content_type):
    assert send(report(), content_type=content_type).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/xml;q=0.1", "\xff;;,="])
def test_whatever_answer_the_sender_would_like_the_report_is_taken_and_answered_in_json(cast, accept):
    body = as_bytes(report())
    response = send(body, article_signature(body) | {"Accept": accept})
    assert response.status_code == 200
    assert response.json()["outcome"] == "queued"


def test_a_query_behind_the_address_changes_nothing(cast):
    assert send(report(), url="/webhook/vapi?format=xml&line=2").status_code == 200


def test_the_bytes_are_signed_not_their_meaning(cast):
    spaced = json.dumps(report(patientFirstName="José"), indent=3, ensure_ascii=False).encode()
    assert send(spaced).json()["outcome"] == "queued"


def test_the_article_posts_to_the_short_address_and_a_line_has_its_own(cast):
    assert send(report(), url="/webhook").status_code == 200
    assert send(report(), url=f"/webhook/vapi/{cast.line.pk}").status_code == 200
    assert set(Delivery.objects.values_list("line", flat=True)) == {cast.line.pk}


def test_the_environments_secret_does_not_speak_for_another_clinics_line(cast):
    hilltop = Line.objects.create(clinic=cast.hilltop, name="hilltop")
    assert_refused(send(report(), url=f"/webhook/vapi/{hilltop.pk}"), 503, "not_configured")
    assert stored() == (0, 0, 0)


# What each published message is answered: reports by their outcome, the rest by the whole answer.
PAYLOADS = {
    "01_end_of_call_report_modern": "queued",
    "02_end_of_call_report_structured_outputs": "queued",
    "03a_end_of_call_report_hipaa_private_storage": "queued",
    "04_end_of_call_report_never_connected": "needs_review",
    "05_status_update_in_progress": IGNORED,
    "06_status_update_ended": IGNORED,
    "09_user_interrupted": IGNORED,
    "10_tool_calls_openai_shape_string_arguments": {"results": "one"},
    "12_assistant_request": {"error": "spoken"},
    "15_hang": IGNORED,
    "17_unknown_future_type": IGNORED,
    # The article's numbers are possible, and valid nowhere.
    "20_article_flat_structured_data_extracted": "needs_review",
    "21_article_flat_end_of_call_report": "needs_review",
    "22_article_message_wrapper_end_of_call_report": "needs_review",
    "23_article_flat_speech_update_interrupted": FLUSH_AND_RESUME,
}


def test_every_published_payload_is_in_the_table():
    assert [f"vapi/{name}.json" for name in PAYLOADS] == vapi_payload_names()


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_payload_is_answered_as_the_table_says(cast, name):
    response = send(read_payload(f"vapi/{name}.json"))
    assert response.status_code == 200, response.content
    answer, expected = response.json(), PAYLOADS[name]
    if isinstance(expected, str):
        assert answer == {"received": True, "outcome": expected, "id": str(Delivery.objects.get().pk)}
        assert stored() == (1, 1, 0)
        return
    assert stored() == (0, 0, 0)
    # What tools and requests are told depends on the hour: test_messages.py, test_tools.py.
    assert answer == expected or answer.keys() == expected.keys()


@pytest.mark.parametrize(
    "message_type", ["hang", "transcript", "conversation-update", "model-output", "brand-new-type", "x" * 500, "", 5]
)
def test_a_type_we_do_not_know_is_thanked_for_and_forgotten(cast, caplog, message_type):
    response = send({"message": {"type": message_type, "transcript": "Zqxwords", "call": {"id": "call-1"}}})
    assert response.json() == {"received": True, "outcome": "ignored"}
    assert stored() == (0, 0, 0)
    assert all("Zqxwords" not in str(record.__dict__) for record in caplog.records)


def test_what_the_caller_said_is_sealed_before_it_is_stored(cast, django_assert_num_queries):
    send(report(patientFirstName="Zqxname", preferredTime="after 3, my niece drives me"))
    row = Delivery.objects.values().get()
    assert "Zqxname" not in str(row)
    assert "niece" not in str(row)
    assert "2025550143" not in str(row)
    assert str(Delivery.objects.get().first_name) == "[sealed]"


def test_no_secret_of_the_line_is_ever_answered_or_logged(cast, caplog):
    body = as_bytes(report())
    response = send(body)
    assert secret().encode() not in response.content
    assert all(secret() not in str(record.__dict__) for record in caplog.records)
    assert len(settings.VAPI_SERVER_SECRETS[0]) >= 24
