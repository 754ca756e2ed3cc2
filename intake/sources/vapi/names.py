"""Reads the caller's first name: any person's name passes, anything else is kept but flagged for a person to judge."""

import unicodedata

from intake.sources.vapi.draft import Defect
from intake.sources.vapi.text import UNREADABLE, clean_text

LONGEST_NAME = 60

_APOSTROPHES_AND_HYPHENS = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}-\N{HYPHEN}"
# What a voice model writes into a required field that the caller never filled.
_PLACEHOLDERS = frozenset({"unknown", "none", "null", "undefined", "anonymous", "not given", "not provided"})


def parse_first_name(value: object) -> tuple[str | None, tuple[Defect, ...]]:
    """Return the name, at most 60 characters, and what is wrong with it; None only where nothing was given."""
    if not isinstance(value, str):
        return None, (Defect.MISSING_NAME,)
    name = clean_text(value, longest=LONGEST_NAME)
    if not name:
        return None, (Defect.MISSING_NAME,)
    defects = []
    if not _is_plausible(value.strip(), name):
        defects.append(Defect.ODD_NAME)
    if " " in name:
        defects.append(Defect.MORE_THAN_FIRST_NAME)
    if UNREADABLE in name:
        defects.append(Defect.UNREADABLE_TEXT)
    return name, tuple(defects)


def _is_plausible(given: str, name: str) -> bool:
    return (
        len(unicodedata.normalize("NFC", given[: LONGEST_NAME * 4])) <= LONGEST_NAME
        # A line break in a name is no space between two names.
        and not any(unicodedata.category(character) == "Cc" for character in given)
        and any(unicodedata.category(character)[0] == "L" for character in name)
        and all(_belongs_in_a_name(character) for character in name)
        and name.casefold() not in _PLACEHOLDERS
    )


def _belongs_in_a_name(character: str) -> bool:
    return (
        character == " " or character in _APOSTROPHES_AND_HYPHENS or unicodedata.category(character)[0] in {"L", "M"}
    )
