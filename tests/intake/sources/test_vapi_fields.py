"""Single fields of a report: names, numbers, types, times, languages, reasons; odd values are kept and flagged."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from intake.sources.vapi import AppointmentType, Defect, EndedReasonGroup, PreferredWindow, Urgency
from intake.sources.vapi.appointment import parse_appointment, parse_language
from intake.sources.vapi.ended import group_ended_reason
from intake.sources.vapi.names import LONGEST_NAME, parse_first_name
from intake.sources.vapi.numbers import LONGEST_NUMBER, parse_numbers
from intake.sources.vapi.preferred_time import LONGEST_WORDS, parse_preferred_time
from intake.sources.vapi.times import parse_duration, parse_instant
from tests.payloads import load_payload

WRONG_TYPES = [5, 0, 1.5, True, False, [], ["Dana"], {}, {"name": "Dana"}]

# Names


@pytest.mark.parametrize(
    "name",
    [
        "Dana",
        "José",
        "O'Neil",
        "O\u2019Neil",
        "Mary-Ann",
        "明",
        "Zoë",
        "Ольга",
        "محمد",
        "நிலா",
        "D\u02bcArcy",
        "x" * 60,
    ],
)
def test_one_word_names_of_any_script_are_plain(name):
    assert parse_first_name(name) == (name, ())


def test_names_are_composed_and_trimmed():
    assert parse_first_name("  Jose\u0301\u00a0") == ("José", ())
    assert parse_first_name(" " * 5000 + "Dana") == ("Dana", ())


@pytest.mark.parametrize("name", ["Mary Ann", "Dana Whitfield", "Jean  Luc"])
def test_more_than_one_word_is_kept_and_flagged_but_needs_no_review(name):
    assert parse_first_name(name) == (" ".join(name.split()), (Defect.MORE_THAN_FIRST_NAME,))


@pytest.mark.parametrize(
    ("given_name", "kept", "also"),
    [
        ("D4na", "D4na", ()),
        ("<b>Dana</b>", "<b>Dana</b>", ()),
        ("=cmd", "=cmd", ()),
        ("{{7*7}}", "{{7*7}}", ()),
        ("N/A", "N/A", ()),
        ("Unknown", "Unknown", ()),
        ("---", "---", ()),
        ("\U0001f600", "\U0001f600", ()),
        ("Dana\x00", "Dana\ufffd", (Defect.UNREADABLE_TEXT,)),
        ("Da\ud800na", "Da\ufffdna", (Defect.UNREADABLE_TEXT,)),
        ("Da\x1b[31mna", "Da\ufffd[31mna", (Defect.UNREADABLE_TEXT,)),
        ("Da\u202ena", "Da\ufffdna", (Defect.UNREADABLE_TEXT,)),
        ("\ufffd", "\ufffd", (Defect.UNREADABLE_TEXT,)),
        ("x\nFAKE", "x FAKE", (Defect.MORE_THAN_FIRST_NAME,)),
        ("x" * 61, "x" * 60, ()),
        ("x" * 10_000, "x" * 60, ()),
    ],
)
def test_odd_names_are_kept_printable_and_flagged(given_name, kept, also):
    assert parse_first_name(given_name) == (kept, (Defect.ODD_NAME, *also))


@pytest.mark.parametrize("value", [None, "", "   ", "\t\n", *WRONG_TYPES])
def test_no_text_is_no_name(value):
    assert parse_first_name(value) == (None, (Defect.MISSING_NAME,))


@given(st.text())
def test_any_text_gives_a_name_that_can_be_stored_and_logged(text):
    name, defects = parse_first_name(text)
    if name is None:
        assert defects == (Defect.MISSING_NAME,)
        return
    assert 0 < len(name) <= LONGEST_NAME
    assert name == name.strip()
    name.encode()
    assert not set(name) & {"\0", "\n", "\r", "\x1b", "\u2028", "\u202e"}


# Numbers


def numbers(dictated, *lines, region="US"):
    result = parse_numbers(dictated, *lines, region=region)
    return result.phone_e164, result.phone_as_given, result.called_from_e164, result.defects


@pytest.mark.parametrize(
    "dictated",
    [
        "+12025550143",
        "2025550143",
        "202-555-0143",
        "(202) 555 0143",
        "1 202 555 0143",
        "it's 202.555.0143",
        "\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663",
        2025550143,
        12025550143,
    ],
)
def test_numbers_that_exist_are_e164(dictated):
    assert numbers(dictated) == ("+12025550143", None, None, ())


def test_the_clinic_region_reads_national_numbers():
    assert numbers("020 7946 0018", region="gb")[0] == "+442079460018"
    assert numbers("+44 20 7946 0018", region="US")[0] == "+442079460018"
    assert numbers("+12025550143", region="nowhere")[0] == "+12025550143"


@pytest.mark.parametrize(
    ("dictated", "defect"),
    [
        ("555-0123", Defect.POSSIBLE_NUMBER),
        ("5555550123", Defect.POSSIBLE_NUMBER),
        ("+15555550123", Defect.POSSIBLE_NUMBER),
        ("12", Defect.INVALID_NUMBER),
        ("911", Defect.INVALID_NUMBER),
        ("202-555-0143 or 202-555-0144", Defect.INVALID_NUMBER),
        ("2025550143 2", Defect.INVALID_NUMBER),
    ],
)
def test_numbers_that_do_not_exist_are_kept_as_given_and_not_replaced(dictated, defect):
    assert numbers(dictated, "+14155550132") == (None, dictated, "+14155550132", (defect,))
    assert numbers(dictated) == (None, dictated, None, (defect,))


def test_an_extension_is_kept_beside_the_number():
    dictated = "202-555-0143 ext 12"
    assert numbers(dictated) == ("+12025550143", dictated, None, (Defect.NUMBER_WITH_EXTENSION,))


def test_a_dictated_number_and_the_line_stay_apart():
    assert numbers("202-555-0143", "+14155550132") == ("+12025550143", None, "+14155550132", ())


@pytest.mark.parametrize("dictated", [None, "", "  ", 1.5, True, 0, -5, 10**15, [], {}, ["2025550143"]])
def test_without_a_dictated_number_the_line_is_called(dictated):
    assert numbers(dictated, "+14155550132") == (
        "+14155550132",
        None,
        "+14155550132",
        (Defect.NUMBER_FROM_CALLER_ID,),
    )
    assert numbers(dictated) == (None, None, None, (Defect.MISSING_NUMBER,))


def test_words_without_digits_name_no_other_number_and_are_kept():
    words = "the number I'm calling from"
    assert numbers(words, "+14155550132") == (
        "+14155550132",
        words,
        "+14155550132",
        (Defect.INVALID_NUMBER, Defect.NUMBER_FROM_CALLER_ID),
    )
    assert numbers(words)[3] == (Defect.INVALID_NUMBER, Defect.MISSING_NUMBER)


@pytest.mark.parametrize(
    "line", [None, "", "anonymous", "sip:x@example.com", "+86282452253", "+266696687", "555-0123", 14155550132, "+1"]
)
def test_what_is_no_line_is_no_line(line):
    assert numbers(None, line)[2] is None


def test_the_first_usable_line_counts_and_need_not_be_in_our_tables():
    assert numbers(None, "anonymous", "+15555550123")[2] == "+15555550123"
    assert numbers(None, "+14155550132", "+14155550133")[2] == "+14155550132"


def test_unreadable_and_endless_numbers_are_kept_short_and_flagged():
    assert numbers("\ufffd")[1:] == (
        "\ufffd",
        None,
        (Defect.INVALID_NUMBER, Defect.MISSING_NUMBER, Defect.UNREADABLE_TEXT),
    )
    assert numbers("555\x000123")[1] == "555\ufffd0123"
    assert len(numbers("1" * 10_000)[1]) == LONGEST_NUMBER


# Appointment type and urgency


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


# Preferred time

ANY, MORNING, AFTERNOON, EVENING = PreferredWindow


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("morning", MORNING),
        ("Morning", MORNING),
        ("in the afternoon", AFTERNOON),
        ("evenings are best", EVENING),
        ("tomorrow morning", MORNING),
        ("this afternoon, please", AFTERNOON),
        ("any time in the morning", MORNING),
        ("tonight", EVENING),
        ("any", ANY),
        ("any time", ANY),
        ("Anytime works for me!", ANY),
        ("whenever is fine", ANY),
        ("no preference", ANY),
        ("doesn't matter", ANY),
    ],
)
def test_times_that_a_window_says_in_full_keep_no_words(said, window):
    assert parse_preferred_time(said) == (window, None, ())


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("after 3", AFTERNOON),
        ("after 3:30 pm", AFTERNOON),
        ("after 5 pm", EVENING),
        ("anytime after 5 pm", EVENING),
        ("I want a call around 4 o'clock", AFTERNOON),
        ("my appointment should be at 10", MORNING),
        ("at 9 a.m.", MORNING),
        ("10 am", MORNING),
        ("around noon", AFTERNOON),
        ("before noon", MORNING),
        ("by 11", MORNING),
        ("after my shift, from 1900", EVENING),
        ("Tuesday the 15th after 3", AFTERNOON),
        ("Tuesday morning", MORNING),
        ("March 3rd in the morning", MORNING),
        ("morning after the school run at 9", MORNING),
    ],
)
def test_times_that_say_more_than_a_window_keep_the_words_too(said, window):
    assert parse_preferred_time(said) == (window, said, ())


@pytest.mark.parametrize(
    "said",
    [
        "call 9 to 5",
        "not before 11",
        "not in the morning",
        "I can't do mornings",
        "anything but evenings",
        "morning or afternoon",
        "next Thursday, 12/04, before noon",
        "weekdays between 8:30 and 10:15",
        "10 to 2 on Monday or Wednesday",
        "after 3 days",
        "in about two weeks",
        "in 2 hours",
        "after 9",
        "before 4",
        "before 8 pm",
        "at 13 pm",
        "at 99",
        "at 0",
        "12/04",
        "either the 1st or the 2nd",
        "Friday",
        "24 hours notice please",
        "<b>5</b>",
        "at 2026-12-04",
    ],
)
def test_times_that_fit_no_window_are_the_words_alone(said):
    assert parse_preferred_time(said) == (ANY, said, ())


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_time_is_any_time(value):
    assert parse_preferred_time(value) == (ANY, None, ())


@pytest.mark.parametrize("value", WRONG_TYPES)
def test_a_time_that_is_no_text_is_flagged(value):
    assert parse_preferred_time(value) == (ANY, None, (Defect.UNKNOWN_PREFERRED_TIME,))


def test_words_are_capped_on_one_line_and_unreadable_ones_flagged():
    window, words, defects = parse_preferred_time("call\nme\x00 " + "x" * 1000)
    assert window is ANY
    assert words is not None
    assert words.startswith("call me\ufffd xxx")
    assert len(words) == LONGEST_WORDS
    assert defects == (Defect.UNREADABLE_TEXT,)


@given(st.text(alphabet="afternoon before at 0123456789:/.apm'", max_size=60) | st.text())
def test_any_words_give_a_window_and_nothing_is_lost_without_one(text):
    window, words, _ = parse_preferred_time(text)
    assert window in set(PreferredWindow)
    if words is not None:
        assert 0 < len(words) <= LONGEST_WORDS
        words.encode()


# Language


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


# Times

INSTANT = datetime(2026, 11, 22, 17, 0, 25, 410_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T17:00:25.410Z",
        "2026-11-22T12:00:25.410-05:00",
        "2026-11-22T17:00:25.410",
        1795366825410,
        1795366825.41,
    ],
)
def test_instants_come_as_text_seconds_or_milliseconds(value):
    assert parse_instant(value) == INSTANT


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "1999-12-31T23:59:59Z",
        "2026-11-22T17:00:25Z" + " " * 30,
        "\ud800",
        0,
        -1,
        True,
        1e300,
        float("inf"),
        float("nan"),
        pytest.param(10**4000, id="huge"),
        9e14,
        [],
        {},
    ],
)
def test_what_is_no_instant_of_this_century_is_none(value):
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    ("seconds", "milliseconds", "expected"),
    [
        (24.2, None, 24),
        (None, 24_200, 24),
        (24.2, 99_000, 24),
        ("24", 31_000, 31),
        (0, None, 0),
        (-1, None, None),
        (86_401, None, None),
        (float("inf"), None, None),
        (True, None, None),
        (None, None, None),
        ("\ufffd", "\ufffd", None),
    ],
)
def test_durations_are_whole_seconds_within_a_day(seconds, milliseconds, expected):
    assert parse_duration(seconds, milliseconds) == expected


# Ended reasons

KNOWN_REASONS = load_payload("vapi_ended_reasons.json")


def test_every_known_reason_has_a_group_but_two():
    ungrouped = {reason for reason in KNOWN_REASONS if group_ended_reason(reason) is EndedReasonGroup.UNKNOWN}
    assert len(KNOWN_REASONS) == 627
    assert ungrouped == {"manually-canceled", "call-deleted"}
    assert {group_ended_reason(reason) for reason in KNOWN_REASONS} == set(EndedReasonGroup)


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        ("customer-ended-call", EndedReasonGroup.CALLER_ENDED),
        ("customer-ended-call-during-transfer", EndedReasonGroup.CALLER_ENDED),
        ("assistant-said-end-call-phrase", EndedReasonGroup.ASSISTANT_ENDED),
        ("exceeded-max-duration", EndedReasonGroup.ASSISTANT_ENDED),
        ("silence-timed-out", EndedReasonGroup.SILENCE),
        ("voicemail", EndedReasonGroup.VOICEMAIL),
        ("assistant-forwarded-call", EndedReasonGroup.TRANSFERRED),
        ("assistant-request-returned-forwarding-phone-number", EndedReasonGroup.TRANSFERRED),
        ("assistant-request-failed", EndedReasonGroup.NEVER_CONNECTED),
        ("customer-did-not-answer", EndedReasonGroup.NEVER_CONNECTED),
        ("call.start.error-fraud-check-failed", EndedReasonGroup.NEVER_CONNECTED),
        ("pipeline-error-openai-voice-failed", EndedReasonGroup.ERROR),
        ("call.in-progress.error-something-with-voicemail", EndedReasonGroup.ERROR),
        ("call.forwarding.no-answer", EndedReasonGroup.ERROR),
        ("Some-New-Error", EndedReasonGroup.ERROR),
        ("some-new-silence", EndedReasonGroup.SILENCE),
        ("some-new-voicemail", EndedReasonGroup.VOICEMAIL),
        ("some-new-transfer", EndedReasonGroup.TRANSFERRED),
        ("something-else", EndedReasonGroup.UNKNOWN),
        ("x" * 300 + "error", EndedReasonGroup.UNKNOWN),
        ("", EndedReasonGroup.UNKNOWN),
        (None, EndedReasonGroup.UNKNOWN),
        (5, EndedReasonGroup.UNKNOWN),
        ({}, EndedReasonGroup.UNKNOWN),
    ],
)
def test_reasons_are_grouped_by_how_they_begin(reason, group):
    assert group_ended_reason(reason) is group


def test_groups_and_defects_are_plain_words_in_json():
    assert json.dumps([EndedReasonGroup.ERROR, Defect.ODD_NAME]) == '["error", "odd_name"]'
