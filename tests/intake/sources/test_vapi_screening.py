"""Through the screen: what is left of a report whose allowed answers hold more than they should."""

from datetime import UTC, datetime

import pytest

from intake.sources.vapi import Defect, parse_message
from tests.intake.reports import report

RECEIVED = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)


def draft(**asked):
    message = report(ended_at=RECEIVED, **asked)
    return parse_message(message, received_at=RECEIVED, region="US").report


def test_an_honest_report_loses_nothing():
    honest = draft(patientFirstName="Rose", preferredTime="the 15th after 3, I have a 2pm appointment")
    assert (honest.first_name, honest.removed_keys, honest.removed_kinds) == ("Rose", (), ())
    assert honest.preferred_words == "the 15th after 3, I have a 2pm appointment"
    assert not honest.is_quarantined
    assert not honest.needs_review


def test_the_words_go_and_the_window_stays():
    told = draft(preferredTime="tomorrow morning, it's about my diabetes")
    assert (told.preferred_words, told.preferred_window) == (None, "morning")
    assert (told.removed_keys, told.removed_kinds) == (("preferredTime",), ("health_condition",))
    assert told.defects == (Defect.TEXT_REMOVED,)
    assert told.is_quarantined
    assert told.needs_review


def test_a_sentence_in_the_name_leaves_no_name_and_one_reason():
    told = draft(patientFirstName="Dana, social 219-09-9999")
    assert told.first_name is None
    assert told.defects == (Defect.TEXT_REMOVED,)
    assert told.removed_kinds == ("ssn",)


class TestTheNumber:
    def test_is_read_out_of_words_that_go(self):
        told = draft(callbackNumber="202 555 0150 but not during my chemo", called_from="+12025550188")
        assert (told.phone_e164, told.phone_as_given) == ("+12025550150", None)
        assert told.removed_kinds == ("health_condition",)

    @pytest.mark.parametrize("dictated", ["MRN 2025550150", "219-09-9999", "member id 2025550150"])
    def test_is_the_calling_line_where_the_digits_may_be_something_else(self, dictated):
        told = draft(callbackNumber=dictated, called_from="+12025550188")
        assert (told.phone_e164, told.phone_as_given) == ("+12025550188", None)
        assert {Defect.NUMBER_FROM_CALLER_ID, Defect.TEXT_REMOVED} <= set(told.defects)

    def test_is_the_calling_line_where_the_words_held_none(self):
        told = draft(callbackNumber="it's for my asthma", called_from="+12025550188")
        assert (told.phone_e164, told.phone_as_given) == ("+12025550188", None)


def test_a_type_of_visit_is_a_word_of_ours_whatever_was_said():
    told = draft(appointmentType="urgent diabetes")
    assert (told.appointment_type, told.urgency) == ("unspecified", "urgent")
    assert told.removed_keys == ("appointmentType",)


def test_an_illness_in_place_of_a_language_is_not_a_language():
    assert draft(language="hiv").language is None
    assert draft(language="hi").language == "hi"


@pytest.mark.parametrize("padding", ["x", " ", "morning "])
def test_what_is_kept_was_read_however_long_the_answer(padding):
    told = draft(preferredTime=padding * 3000 + "my diabetes")
    assert told.removed_keys in {("preferredTime",), ()}
    assert "diabetes" not in (told.preferred_words or "")


def test_evidence_of_a_recording_is_no_fault_of_the_caller():
    message = report(ended_at=RECEIVED)
    message["message"]["artifact"]["recordingUrl"] = "https://example.com/call.wav"
    found = parse_message(message, received_at=RECEIVED, region="US").report
    assert found.unsafe_evidence == ("recording_present",)
    assert not found.is_quarantined
    assert not found.needs_review


def test_a_draft_shows_no_word_of_the_caller():
    assert "diabetes" not in repr(draft(preferredTime="my diabetes", patientFirstName="diabetes"))
