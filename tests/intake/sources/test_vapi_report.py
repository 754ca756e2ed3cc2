"""Where structured data is found, what is left behind, and that reading is total: no JSON object breaks it."""

import dataclasses
import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from intake.sources.vapi import (
    Defect,
    MalformedBody,
    UnsafeEvidence,
    VapiMessage,
    delivery_identity,
    parse_message,
    read_json,
)
from intake.sources.vapi.structured import ALLOWED_KEYS
from tests.payloads import load_payload

RECEIVED = datetime(2026, 11, 22, 17, 1, tzinfo=UTC)


def parse(document, **options):
    return parse_message(document, received_at=RECEIVED, region="US", **options)


def report(**message):
    draft = parse({"message": {"type": "end-of-call-report", **message}}).report
    assert draft is not None
    return draft


def outputs(**results):
    return {"artifact": {"structuredOutputs": {key: {"name": key, "result": value} for key, value in results.items()}}}


def person(name):
    return {"patientFirstName": name, "callbackNumber": "202-555-0143"}


# Places, in order


def test_the_places_are_read_in_order():
    in_outputs = outputs(one=person("Ann"))
    in_analysis = {"analysis": {"structuredData": person("Bob")}}
    in_message = {"structuredData": person("Cem")}
    assert report(**in_outputs, **in_analysis, **in_message).first_name == "Ann"
    assert report(**in_analysis, **in_message).first_name == "Bob"
    assert report(**in_message).first_name == "Cem"
    assert parse({"type": "structured-data-extracted", **in_message}).report.first_name == "Cem"


@pytest.mark.parametrize("useless", [None, True, "text", 5, [person("Ann")], {}, {"booked": True}])
def test_what_is_not_usable_gives_way_to_the_next_place(useless):
    draft = report(**outputs(one=useless), analysis={"structuredData": useless}, structuredData=person("Cem"))
    assert draft.first_name == "Cem"
    assert Defect.NO_STRUCTURED_DATA not in draft.defects


def test_a_configured_output_wins_over_an_earlier_one():
    message = {"type": "end-of-call-report", **outputs(one=person("Ann"), two=person("Bob"))}
    assert parse(message).report.first_name == "Ann"
    assert parse(message, structured_output_ids=frozenset({"two"})).report.first_name == "Bob"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"structuredData": []},
        {"artifact": {"structuredOutputs": [person("Ann")]}},
        {"artifact": {"structuredOutputs": {"one": person("Ann")}}},
        {"artifact": [], "analysis": "", "call": 5, "customer": "x"},
    ],
)
def test_nothing_extracted_and_no_line_is_an_abandoned_call(message):
    draft = report(**message)
    assert draft.defects == (Defect.NO_STRUCTURED_DATA, Defect.MISSING_NAME, Defect.MISSING_NUMBER)
    assert draft.needs_review


# Envelope


@pytest.mark.parametrize(
    ("document", "message_type"),
    [
        ({"message": {"type": "hang"}}, "hang"),
        ({"type": "hang"}, "hang"),
        ({"type": "hang", "message": {"text": "hello"}}, "hang"),
        ({"type": "hang", "message": {"type": "transcript"}}, "transcript"),
        ({"type": "hang", "message": "hello"}, "hang"),
        ({"message": {}}, ""),
        ({"message": {"type": 5}}, ""),
        ({"message": {"type": "A sentence of a caller"}}, ""),
        ({"message": {"type": "x" * 65}}, ""),
        ({}, ""),
    ],
)
def test_the_type_is_found_in_both_envelopes_and_is_one_keyword(document, message_type):
    message = parse(document)
    assert message.type == message_type
    assert message.report is None


@pytest.mark.parametrize("call_id", [None, "", 5, {}, "Dana Whitfield", "a@b", "+12025550143", "x" * 129, "a\n", "é"])
def test_a_call_id_that_does_not_look_like_one_is_none(call_id):
    assert parse({"type": "hang", "call": {"id": call_id}}).call_id is None


def test_ids_are_found_where_the_call_does_not_name_them():
    message = parse({"type": "hang", "assistant": {"id": "a1"}, "phoneNumber": {"id": "p1"}})
    assert (message.assistant_id, message.phone_number_id) == ("a1", "p1")
    draft = report(call={"transport": {"callSid": "CA1"}})
    assert draft.provider_call_sid == "CA1"


def test_the_calling_line_is_found_in_message_and_call():
    assert report(customer={"number": "+14155550132"}).called_from_e164 == "+14155550132"
    assert report(call={"customer": {"number": "+14155550132"}}).called_from_e164 == "+14155550132"


def test_hints_of_duration_serve_where_times_are_missing():
    assert report(durationSeconds=31.4).duration_seconds == 31
    assert report(durationMs=31_400, endedAt=1795366825410).duration_seconds == 31
    backwards = report(startedAt=1795366825410, endedAt=1795366801210)
    assert backwards.duration_seconds is None


# What is left behind


def hashed(name):
    return f"hashed:{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def test_unexpected_names_are_told_in_clear_only_if_they_speak_of_nobody():
    extra = {"diagnosis": 1, "SSN": 2, "date_of_birth": 3, "JohnSmithHiv": 4, "lastName": 5, "notes": None}
    draft = report(structuredData={**person("Ann"), **extra})
    assert draft.dropped_keys == tuple(
        sorted(("diagnosis", "ssn", "dateOfBirth", hashed("JohnSmithHiv"), "lastName", "notes"))
    )
    assert draft.needs_review
    assert draft.defects == ()


def test_unexpected_names_are_told_even_where_nothing_else_was_found_or_another_place_won():
    assert report(structuredData={"diagnosis": "x"}).dropped_keys == ("diagnosis",)
    clean = outputs(one=person("Ann"))
    assert report(**clean, analysis={"structuredData": {"symptoms": "x"}}).dropped_keys == ("symptoms",)
    assert report(**outputs(one=person("Ann"), two={**person("Bob"), "ssn": 1})).dropped_keys == ("ssn",)


def test_other_outputs_of_the_clinic_are_their_own_business_unless_configured():
    results = outputs(one=person("Ann"), quality={"politeness": 5})
    assert report(**results).dropped_keys == ()
    message = {"type": "end-of-call-report", **results}
    configured = parse(message, structured_output_ids=frozenset({"quality"})).report
    assert configured.first_name == "Ann"
    assert configured.dropped_keys == (hashed("politeness"),)


def test_a_flood_of_names_is_cut_and_surrogates_in_names_are_no_error():
    draft = report(structuredData={**person("Ann"), **{f"key{number}": 1 for number in range(500)}, "\ud800": 1})
    assert len(draft.dropped_keys) == 50


def test_collected_names_what_carried_something():
    given_data = {"patientFirstName": "", "callbackNumber": "202-555-0143", "preferredTime": None, "language": "es"}
    draft = report(structuredData=given_data)
    assert draft.collected == ("callbackNumber", "language")
    assert draft.language == "es"


def test_wrong_types_are_missing_and_never_an_error():
    draft = report(structuredData={key: ["x", key] for key in ALLOWED_KEYS})
    assert draft.defects == (
        Defect.MISSING_NAME,
        Defect.MISSING_NUMBER,
        Defect.UNKNOWN_APPOINTMENT_TYPE,
        Defect.UNKNOWN_PREFERRED_TIME,
        Defect.UNKNOWN_LANGUAGE,
    )


def test_a_defect_of_two_fields_is_told_once():
    draft = report(structuredData={**person("D\0"), "preferredTime": "at \0"})
    assert draft.defects.count(Defect.UNREADABLE_TEXT) == 1


def test_two_words_for_a_name_need_no_review():
    draft = report(structuredData=person("Mary Ann"))
    assert draft.defects == (Defect.MORE_THAN_FIRST_NAME,)
    assert not draft.needs_review


@pytest.mark.parametrize("empty", [None, "", {}, [], False])
def test_empty_artifacts_are_no_evidence(empty):
    assert report(transcript=empty, analysis={"summary": empty}, artifact={"recording": empty}).unsafe_evidence == ()


def test_evidence_is_seen_in_old_and_new_places():
    everything = tuple(UnsafeEvidence)
    assert report(transcript="x", summary="x", stereoRecordingUrl="x").unsafe_evidence == everything
    new = report(artifact={"transcript": "x", "presignedMonoUrl": "x"}, analysis={"summary": "x"})
    assert new.unsafe_evidence == everything


def test_the_repr_of_a_draft_shows_no_value_of_a_caller():
    data = {
        "patientFirstName": "Zqxname",
        "callbackNumber": "555-0132",
        "preferredTime": "Zqxwords",
        "diagnosis": "Zqxnote",
    }
    message = parse(
        {"type": "end-of-call-report", "structuredData": data, "customer": {"number": "+14155550132"}},
    )
    shown = f"{message!r} {message.report!r} {message} {message.report}"
    assert "Zqx" not in shown
    assert "0132" not in shown


# Totality

NAMES = st.sampled_from(
    [
        *ALLOWED_KEYS,
        "type",
        "message",
        "call",
        "id",
        "customer",
        "number",
        "artifact",
        "analysis",
        "structuredData",
        "structuredOutputs",
        "result",
        "status",
        "timestamp",
        "startedAt",
        "endedAt",
        "endedReason",
        "durationSeconds",
        "durationMs",
        "transport",
        "callSid",
        "phoneNumberId",
        "recordingUrl",
        "summary",
        "diagnosis",
    ]
)
WILD_TEXT = st.text(st.characters(), max_size=30)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**20, 10**30)
    | st.floats()
    | WILD_TEXT
    | st.sampled_from(["end-of-call-report", "structured-data-extracted", "status-update", "+12025550143", "555-0123"])
    | st.sampled_from(["2026-11-22T17:00:25Z", "urgent", "after 3", "\ud800", "\0", "\ufffd"])
)
WILD_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WILD_TEXT, inner, max_size=8),
    max_leaves=40,
)
WILD_REPORTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["end-of-call-report", "structured-data-extracted"])},
    optional=dict.fromkeys(
        ("call", "customer", "artifact", "timestamp", "startedAt", "endedAt", "endedReason", "durationMs"), WILD_JSON
    )
    | {
        "structuredData": st.dictionaries(NAMES | WILD_TEXT, WILD_JSON, max_size=8),
        "analysis": st.fixed_dictionaries(
            {"structuredData": st.dictionaries(st.sampled_from(ALLOWED_KEYS), WILD_JSON)}
        ),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(NAMES | WILD_TEXT, WILD_JSON, max_size=8)
    | WILD_REPORTS
    | WILD_REPORTS.map(lambda m: {"message": m})
)
def test_any_json_object_is_read_without_an_exception_and_can_be_stored(document):
    message = parse(document, structured_output_ids=frozenset({"result"}))
    assert isinstance(message, VapiMessage)
    identity = delivery_identity(message, digest_key=b"k")
    assert len(identity.key) <= 256
    identity.key.encode("ascii")
    for text in strings_of(message):
        text.encode()
        assert not set(text) & {"\0", "\n", "\r", "\x1b"}
        assert len(text) <= 200


@settings(max_examples=100, deadline=None)
@given(WILD_REPORTS)
def test_what_is_read_from_bytes_is_read_or_refused_in_a_word(document):
    body = json.dumps(document).encode()
    # NaN and Infinity literals are refused; anything else is read.
    try:
        parsed = parse(read_json(body))
    except MalformedBody:
        assert b"NaN" in body or b"Infinity" in body
        return
    assert parsed.report is not None


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from strings_of(getattr(value, each.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from strings_of(inner)


CANARY = "Zqxcanary"
# Every path that is read on purpose; a canary under any other name must not come through.
READ_NAMES = {
    *ALLOWED_KEYS,
    *("type", "id", "assistantId", "phoneNumberId", "status", "number", "phoneCallProviderId", "callSid"),
}


def with_canaries(value, name=""):
    """Replace every text by a canary, except under the names whose values are read on purpose."""
    if isinstance(value, dict):
        return {key: with_canaries(inner, key) for key, inner in value.items()} | {"Zqxkey": CANARY}
    if isinstance(value, list):
        return [with_canaries(inner, name) for inner in value]
    return value if name in READ_NAMES else f"{CANARY}{name}"


# Everything a report may carry that must never be kept, beside what the payloads carry.
FORBIDDEN = {
    "summary": "x",
    "transcript": "x",
    "recordingUrl": "x",
    "partialText": "x",
    "endedReason": "x",
    "diagnosis": "x",
    "name": "x",
    "notes": ["x"],
}


def assert_no_canary(planted):
    message = parse(planted)
    assert message.report is not None
    assert message.report.first_name is not None
    for text in strings_of(message):
        assert "Zqx" not in text
    assert "Zqx" not in f"{message!r}{message.report!r}{delivery_identity(message, digest_key=b'k').key}"


@settings(max_examples=100, deadline=None)
@given(WILD_REPORTS)
def test_no_value_of_any_other_key_reaches_the_draft(document):
    extracted = {"patientFirstName": "Ann", **FORBIDDEN}
    placed = {**document, **FORBIDDEN, "analysis": FORBIDDEN, "call": {"id": "c1", **FORBIDDEN}}
    assert_no_canary(with_canaries({**placed, "structuredData": extracted}))


@pytest.mark.parametrize(
    "name",
    [
        "01_end_of_call_report_modern",
        "02_end_of_call_report_structured_outputs",
        "03a_end_of_call_report_hipaa_private_storage",
        "20_article_flat_structured_data_extracted",
        "21_article_flat_end_of_call_report",
        "22_article_message_wrapper_end_of_call_report",
    ],
)
def test_no_other_value_of_a_real_report_reaches_the_draft(name):
    document = load_payload(f"vapi/{name}.json")
    message = document.get("message", document)
    assert_no_canary(with_canaries({**message, **FORBIDDEN}))
