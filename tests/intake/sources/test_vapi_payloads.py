"""Every payload we hold, read from bytes to draft: VAPI's shapes of today and the article's."""

from datetime import UTC, datetime, timedelta

import pytest

from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from intake.sources.vapi import (
    Defect,
    EndedReasonGroup,
    UnsafeEvidence,
    delivery_identity,
    parse_message,
    read_json,
)
from tests.payloads import read_payload, vapi_payload_names

RECEIVED = datetime(2026, 11, 22, 17, 1, tzinfo=UTC)
CALL_ENDED = datetime(2026, 11, 22, 17, 0, 25, 410_000, tzinfo=UTC)
CALL_ID = "019c8a11-6f20-7d5e-b3a4-2f6e1c0d9b77"


def parse(name, *, received_at=RECEIVED, **options):
    document = read_json(read_payload(f"vapi/{name}.json"))
    return parse_message(document, received_at=received_at, region="US", **options)


@pytest.mark.parametrize("name", ["01_end_of_call_report_modern", "02_end_of_call_report_structured_outputs"])
def test_a_report_of_today_is_read_in_full(name):
    message = parse(name)
    assert message.type == "end-of-call-report"
    assert message.call_id == CALL_ID
    assert message.assistant_id == "b1d6b7a0-53c2-4f7c-9a51-0e2f4c6d8a11"
    assert message.phone_number_id == "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    assert message.timestamp == datetime(2026, 11, 22, 17, 0, 31, 500_000, tzinfo=UTC)
    draft = message.report
    assert draft is not None
    assert draft.first_name == "Dana"
    assert draft.phone_e164 == "+12025550143"
    assert draft.phone_as_given is None
    assert draft.called_from_e164 == "+12025550143"
    assert draft.appointment_type is AppointmentType.FOLLOW_UP
    assert draft.urgency is Urgency.ROUTINE
    assert draft.preferred_window is PreferredWindow.MORNING
    assert draft.preferred_words is None
    assert draft.language is None
    assert draft.call_started_at == datetime(2026, 11, 22, 17, 0, 1, 210_000, tzinfo=UTC)
    assert draft.call_ended_at == draft.promise_base == CALL_ENDED
    assert draft.ended_reason_group is EndedReasonGroup.CALLER_ENDED
    assert draft.duration_seconds == 24
    assert draft.provider_call_sid == "CA00000000000000000000000000000143"
    assert draft.collected == ("patientFirstName", "callbackNumber", "appointmentType", "preferredTime")
    assert draft.dropped_keys == ()
    assert draft.defects == ()
    assert not draft.needs_review


def test_evidence_of_an_unsafe_assistant_is_named_and_does_not_hold_the_caller_up():
    draft = parse("01_end_of_call_report_modern").report
    assert set(draft.unsafe_evidence) == set(UnsafeEvidence)
    assert not draft.needs_review
    private = parse("03a_end_of_call_report_hipaa_private_storage").report
    assert UnsafeEvidence.SUMMARY_PRESENT not in private.unsafe_evidence
    assert parse("04_end_of_call_report_never_connected").report.unsafe_evidence == ()


def test_a_configured_structured_output_is_preferred_and_another_does_instead():
    name = "02_end_of_call_report_structured_outputs"
    for ids in ("550e8400-e29b-41d4-a716-446655440001", "550e8400-e29b-41d4-a716-446655440002", "gone"):
        assert parse(name, structured_output_ids=frozenset({ids})).report.first_name == "Dana"


def test_a_call_that_never_connected_keeps_the_line_it_came_from():
    draft = parse("04_end_of_call_report_never_connected").report
    assert draft.first_name is None
    assert draft.phone_e164 == draft.called_from_e164 == "+12025550143"
    assert draft.ended_reason_group is EndedReasonGroup.NEVER_CONNECTED
    assert draft.defects == (Defect.NO_STRUCTURED_DATA, Defect.MISSING_NAME, Defect.NUMBER_FROM_CALLER_ID)
    assert draft.needs_review
    assert draft.call_ended_at is None
    assert draft.promise_base == RECEIVED
    assert draft.duration_seconds is None
    assert draft.collected == ()


def test_the_article_extraction_has_no_call_and_goes_to_review_for_its_number():
    message = parse("20_article_flat_structured_data_extracted")
    assert message.type == "structured-data-extracted"
    assert message.call_id is None
    draft = message.report
    assert draft.first_name == "John"
    assert draft.phone_e164 is None
    assert draft.phone_as_given == "5555550123"
    assert draft.appointment_type is AppointmentType.FOLLOW_UP
    assert draft.preferred_window is PreferredWindow.MORNING
    assert draft.preferred_words is None
    assert draft.defects == (Defect.POSSIBLE_NUMBER,)
    assert draft.promise_base == RECEIVED
    assert draft.ended_reason_group is EndedReasonGroup.UNKNOWN


def test_the_article_flat_report_gives_times_in_milliseconds():
    message = parse("21_article_flat_end_of_call_report")
    assert message.call_id == "test-call-123"
    assert message.timestamp == datetime(2026, 11, 22, 17, 0, 31, 500_000, tzinfo=UTC)
    assert message.report.call_ended_at == message.report.promise_base == CALL_ENDED
    assert message.report.duration_seconds == 24
    assert message.report.appointment_type is AppointmentType.CONSULTATION


def test_the_article_wrapped_report_is_read_and_its_recording_seen():
    message = parse("22_article_message_wrapper_end_of_call_report")
    assert (message.call_id, message.assistant_id) == ("test-call-123", "test-assistant-456")
    draft = message.report
    assert draft.first_name == "John"
    assert draft.phone_as_given == "555-0123"
    assert draft.defects == (Defect.POSSIBLE_NUMBER,)
    assert draft.unsafe_evidence == (UnsafeEvidence.RECORDING_PRESENT, UnsafeEvidence.TRANSCRIPT_PRESENT)


@pytest.mark.parametrize(
    ("name", "message_type", "status"),
    [
        ("05_status_update_in_progress", "status-update", "in-progress"),
        ("06_status_update_ended", "status-update", "ended"),
        ("09_user_interrupted", "user-interrupted", None),
        ("10_tool_calls_openai_shape_string_arguments", "tool-calls", None),
        ("12_assistant_request", "assistant-request", None),
        ("15_hang", "hang", None),
        ("17_unknown_future_type", "some-future-event", None),
        ("23_article_flat_speech_update_interrupted", "speech-update", "interrupted"),
    ],
)
def test_other_messages_have_a_type_and_no_report(name, message_type, status):
    message = parse(name)
    assert (message.type, message.status, message.report) == (message_type, status, None)
    assert message.call_id in {CALL_ID, "test-call-123"}
    assert message.timestamp is not None


def test_no_repr_of_any_payload_shows_what_a_caller_said():
    for name in vapi_payload_names():
        message = parse_message(read_json(read_payload(name)), received_at=RECEIVED, region="US")
        shown = repr(message) + repr(message.report)
        for value in ("Dana", "John", "5550143", "5550123", "555-0123"):
            assert value not in shown


def test_the_promise_runs_from_the_end_of_the_call_within_a_day_before_delivery():
    name = "01_end_of_call_report_modern"
    day = timedelta(hours=24)
    for received_at, base in (
        (CALL_ENDED, CALL_ENDED),
        (CALL_ENDED + day, CALL_ENDED),
        (CALL_ENDED + day + timedelta(hours=3), CALL_ENDED + timedelta(hours=3)),
        (CALL_ENDED - timedelta(minutes=5), CALL_ENDED - timedelta(minutes=5)),
    ):
        assert parse(name, received_at=received_at).report.promise_base == base


def test_a_naive_time_of_receipt_is_refused():
    with pytest.raises(ValueError):
        parse("15_hang", received_at=RECEIVED.replace(tzinfo=None))


# Identity (decision 7)


def identity(name, **options):
    return delivery_identity(parse(name, **options), digest_key=b"a key of the test")


def test_deliveries_with_a_call_are_known_by_type_and_call():
    report = identity("01_end_of_call_report_modern")
    assert report.key == f"end-of-call-report:{CALL_ID}"
    assert not report.digest_based
    # Another body of the same call, with other presigned URLs, is the same delivery.
    assert identity("03a_end_of_call_report_hipaa_private_storage") == report


def test_status_updates_differ_by_status_and_telemetry_by_its_time():
    keys = [
        identity(name).key
        for name in (
            "05_status_update_in_progress",
            "06_status_update_ended",
            "09_user_interrupted",
            "23_article_flat_speech_update_interrupted",
        )
    ]
    assert keys == [
        f"status-update:{CALL_ID}:in-progress",
        f"status-update:{CALL_ID}:ended",
        f"user-interrupted:{CALL_ID}:20261122T170012.500000Z",
        "speech-update:test-call-123:20261122T143201.300000Z",
    ]


def test_without_a_call_the_content_is_the_identity_whenever_it_arrives():
    name = "20_article_flat_structured_data_extracted"
    first = identity(name)
    assert first.digest_based
    assert identity(name, received_at=RECEIVED + timedelta(minutes=3)) == first
    message = parse(name)
    assert delivery_identity(message, digest_key=b"another key") != first
    for value in ("John", "5555550123"):
        assert value not in first.key


@pytest.mark.parametrize(
    "change",
    [
        {"patientFirstName": "Joan"},
        {"callbackNumber": "202-555-0143"},
        {"callbackNumber": "5555550124"},
        {"appointmentType": "urgent"},
        {"preferredTime": "after 3"},
        {"preferredTime": "Tuesday morning"},
        {"language": "es"},
    ],
)
def test_another_content_is_another_identity(change):
    document = read_json(read_payload("vapi/20_article_flat_structured_data_extracted.json"))
    changed = {**document, "structuredData": {**document["structuredData"], **change}}
    one, other = (
        delivery_identity(parse_message(each, received_at=RECEIVED, region="US"), digest_key=b"k")
        for each in (document, changed)
    )
    assert one != other


@pytest.mark.parametrize(
    "document",
    [
        {"type": "status-update", "call": {"id": "c1"}},
        {"type": "speech-update", "call": {"id": "c1"}, "status": "started"},
        {"type": "status-update", "status": "ended"},
        {"type": "end-of-call-report", "call": {"id": "no id: a sentence"}},
        {"call": {"id": "c1"}},
        {},
    ],
)
def test_whatever_lacks_a_part_of_its_key_falls_back_to_the_digest(document):
    message = parse_message(document, received_at=RECEIVED, region="US")
    assert delivery_identity(message, digest_key=b"k").digest_based


def test_an_empty_digest_key_is_refused():
    with pytest.raises(ValueError):
        delivery_identity(parse("15_hang"), digest_key=b"")
