"""Reads telephone numbers: the one the caller dictated and the line they called from, kept apart."""

from dataclasses import dataclass, field

import phonenumbers

from intake.sources.vapi.draft import Defect
from intake.sources.vapi.text import UNREADABLE, clean_text

LONGEST_NUMBER = 80

_MOST_DIGITS = 15
# What carriers send in place of a withheld line (ANONYMOUS, RESTRICTED, BLOCKED and so on spelled on a keypad).
_WITHHELD_LINES = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where to call: a number to dial, what was said where it is no such number, and the line of the call."""

    phone_e164: str | None = field(repr=False)
    phone_as_given: str | None = field(repr=False)
    called_from_e164: str | None = field(repr=False)
    defects: tuple[Defect, ...]


def parse_numbers(dictated: object, *calling_lines: object, region: str) -> Numbers:
    """Return the numbers of a call; `region` (ISO 3166, "US") reads what was dictated without a country code.

    A dictated number that exists is the number to call. One that does not is kept as given for review, and the
    calling line is not put in its place. Without any dictated digit the number to call is the calling line.
    """
    called_from = next((line for value in calling_lines if (line := _calling_line(value, region))), None)
    given = _text_of(dictated)
    phone, as_given, defects = _dictated_number(given, region) if given else (None, None, ())
    if phone is None and not (given and any(character.isdigit() for character in given)):
        # "The number I am calling from", "unknown", silence: nothing else was named.
        phone = called_from
        defects = (*defects, Defect.NUMBER_FROM_CALLER_ID if called_from else Defect.MISSING_NUMBER)
    if given and UNREADABLE in given:
        defects = (*defects, Defect.UNREADABLE_TEXT)
    return Numbers(phone_e164=phone, phone_as_given=as_given, called_from_e164=called_from, defects=defects)


def sole_number(dictated: object, *, region: str) -> str | None:
    """Return the one valid number among the words of a text, in E.164; None for none or several."""
    given = _text_of(dictated)
    found = {_e164(match.number) for match in phonenumbers.PhoneNumberMatcher(given or "", region.upper())}
    return found.pop() if len(found) == 1 else None


def _text_of(dictated: object) -> str | None:
    """Return what was dictated as text; a model told to give digits may give them as a JSON number."""
    if isinstance(dictated, int) and not isinstance(dictated, bool) and 0 < dictated < 10**_MOST_DIGITS:
        return str(dictated)
    if isinstance(dictated, str):
        return clean_text(dictated, longest=LONGEST_NUMBER) or None
    return None


def _dictated_number(given: str, region: str) -> tuple[str | None, str | None, tuple[Defect, ...]]:
    number = _parsed(given, region)
    if number is None:
        return None, given, (Defect.INVALID_NUMBER,)
    if not phonenumbers.is_valid_number(number):
        possible = phonenumbers.is_possible_number(number)
        return None, given, (Defect.POSSIBLE_NUMBER if possible else Defect.INVALID_NUMBER,)
    if number.extension:
        # E.164 has no room for it; a person must see it before dialling.
        return _e164(number), given, (Defect.NUMBER_WITH_EXTENSION,)
    return _e164(number), None, ()


def _calling_line(value: object, region: str) -> str | None:
    """Return the line in E.164 if it has the length of a number; a network's word needs no other proof."""
    if not isinstance(value, str) or value in _WITHHELD_LINES:
        return None
    number = _parsed(clean_text(value, longest=LONGEST_NUMBER), region)
    if number is None:
        return None
    length = phonenumbers.is_possible_number_with_reason(number)
    return _e164(number) if length == phonenumbers.ValidationResult.IS_POSSIBLE else None


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region.upper())
    except phonenumbers.NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted
