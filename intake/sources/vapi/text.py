"""Cleans the caller's text: composed, one line, printable, with U+FFFD where a character cannot be kept."""

import re
import unicodedata

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
# Join controls are not printable but spell names correctly in Persian and Indic scripts.
_JOIN_CONTROLS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_WHITE_SPACE = re.compile(r"\s+")


def clean_text(value: str, *, longest: int) -> str:
    """Return at most `longest` characters of `value` in NFC, white space runs as one space, ends trimmed.

    NUL, lone surrogates, control and direction characters become U+FFFD, so that the result can be stored,
    logged as one line and shown without changing its surroundings.
    """
    # Cut before normalising, which costs more than reading; four code points spell any one composed character.
    composed = unicodedata.normalize("NFC", value.strip()[: longest * 4])
    one_line = _WHITE_SPACE.sub(" ", composed).strip()[:longest].rstrip()
    if one_line.isprintable():
        return one_line
    return "".join(
        character if character.isprintable() or character in _JOIN_CONTROLS else UNREADABLE for character in one_line
    )
