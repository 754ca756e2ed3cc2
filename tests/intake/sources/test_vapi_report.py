"""Where structured data is found, and what a report leaves behind."""

import hashlib
from datetime import UTC, datetime

import pytest

from intake.sources.vapi import Defect, UnsafeEvidence, parse_message
from intake.sources.vapi.structured import ALLOWED_KEYS

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
