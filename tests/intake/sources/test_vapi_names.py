"""Names of any script pass; odd ones are kept, printable and flagged."""

import pytest
from hypothesis import given, strategies as st

from intake.sources.vapi import Defect
from intake.sources.vapi.names import LONGEST_NAME, parse_first_name
from tests.payloads import WRONG_TYPES


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
