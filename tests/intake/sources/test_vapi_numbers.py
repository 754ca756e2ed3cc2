"""Numbers: what exists is E.164, what does not is kept as given, the calling line stays apart."""

import pytest

from intake.sources.vapi import Defect
from intake.sources.vapi.numbers import LONGEST_NUMBER, parse_numbers


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
