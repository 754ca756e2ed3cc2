"""Preferred times become windows, and no word that says more is lost."""

import pytest
from hypothesis import given, strategies as st

from callbacks.requests import PreferredWindow
from intake.sources.vapi import Defect
from intake.sources.vapi.preferred_time import LONGEST_WORDS, parse_preferred_time
from tests.payloads import WRONG_TYPES

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
