"""Appointment types, urgency and languages become the desk's words; unknown words are dropped and flagged."""

import pytest

from callbacks.requests import AppointmentType, Urgency
from intake.sources.vapi import Defect
from intake.sources.vapi.appointment import parse_appointment, parse_language
from tests.payloads import WRONG_TYPES


@pytest.mark.parametrize(
    ("value", "appointment_type"),
    [
        ("general", AppointmentType.GENERAL_CHECKUP),
        ("general-checkup", AppointmentType.GENERAL_CHECKUP),
        ("General Checkup", AppointmentType.GENERAL_CHECKUP),
        ("general_check_up", AppointmentType.GENERAL_CHECKUP),
        ("checkup", AppointmentType.GENERAL_CHECKUP),
        ("Check-Up", AppointmentType.GENERAL_CHECKUP),
        ("followup", AppointmentType.FOLLOW_UP),
        ("follow-up", AppointmentType.FOLLOW_UP),
        (" FOLLOW UP ", AppointmentType.FOLLOW_UP),
        ("follow_up", AppointmentType.FOLLOW_UP),
        ("consultation", AppointmentType.CONSULTATION),
        ("unspecified", AppointmentType.UNSPECIFIED),
    ],
)
def test_the_three_enums_of_the_article_are_one(value, appointment_type):
    assert parse_appointment(value) == (appointment_type, Urgency.ROUTINE, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("urgent", (AppointmentType.UNSPECIFIED, Urgency.URGENT, ())),
        (" URGENT ", (AppointmentType.UNSPECIFIED, Urgency.URGENT, ())),
        ("urgent follow-up", (AppointmentType.FOLLOW_UP, Urgency.URGENT, ())),
        (
            "urgent chest pain",
            (AppointmentType.UNSPECIFIED, Urgency.URGENT, (Defect.UNKNOWN_APPOINTMENT_TYPE,)),
        ),
        ("not urgent", (AppointmentType.UNSPECIFIED, Urgency.ROUTINE, (Defect.UNKNOWN_APPOINTMENT_TYPE,))),
        ("non-urgent", (AppointmentType.UNSPECIFIED, Urgency.ROUTINE, (Defect.UNKNOWN_APPOINTMENT_TYPE,))),
        (None, (AppointmentType.UNSPECIFIED, Urgency.ROUTINE, ())),
        ("", (AppointmentType.UNSPECIFIED, Urgency.ROUTINE, ())),
    ],
)
def test_urgency_is_heard_alone_beside_a_type_and_not_when_denied(value, expected):
    assert parse_appointment(value) == expected


@pytest.mark.parametrize("value", ["diabetes", "follow", "\ufffd", "  ", "follow-up for HIV", *WRONG_TYPES])
def test_unknown_types_are_flagged_and_their_words_dropped(value):
    assert parse_appointment(value) == (
        AppointmentType.UNSPECIFIED,
        Urgency.ROUTINE,
        (Defect.UNKNOWN_APPOINTMENT_TYPE,),
    )


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("en", "en"),
        ("ES", "es"),
        ("en-us", "en-US"),
        ("pt_BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("yue", "yue"),
        ("Spanish", "es"),
        ("haitian creole", "ht"),
    ],
)
def test_languages_are_tags(value, tag):
    assert parse_language(value) == (tag, ())


@pytest.mark.parametrize(
    "value", ["e", "Klingon", "en-diabetes", "en-x-hiv", "en-US-posix", "en us", "\ufffd", *WRONG_TYPES]
)
def test_what_is_no_language_tag_is_flagged(value):
    assert parse_language(value) == (None, (Defect.UNKNOWN_LANGUAGE,))


@pytest.mark.parametrize("value", [None, ""])
def test_no_language_is_none(value):
    assert parse_language(value) == (None, ())
