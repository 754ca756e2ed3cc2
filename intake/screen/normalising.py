"""Intake's reading glasses: one spelling for all ways to write or dictate a text, for matching only, never for keeping."""

import re
import unicodedata

# Cyrillic and Greek letters that pass for Latin ones.
_LOOKALIKES = str.maketrans(
    "авеѕіјкмнорстухԁһӏɡαβεζηικμνορτυχωϲ\N{LATIN SMALL LETTER DOTLESS I}",
    "abesijkmhopctyxdhlgabezhikmvoptuxwci",
)
_PUNCTUATION = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    }
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_WHITE_SPACE = re.compile(r"\s+")
_SPACED_LETTERS = re.compile(r"(?<![a-z])(?:[a-z][ .\-_]{1,2}){3,}[a-z](?![a-z])")
_BETWEEN_LETTERS = re.compile(r"[ .\-_]+")

_UNITS = {
    **dict(
        zip(
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], "0123456789", strict=True
        )
    ),
    **dict(
        zip(
            ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
            "0123456789",
            strict=True,
        )
    ),
    "oh": "0",
    "o": "0",
}
_TEENS = dict(
    zip(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        range(10, 20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True
    )
)
_NUMBER_WORDS = "|".join(sorted({*_UNITS, *_TEENS, *_TENS, "double", "triple", "hundred", "thousand"}))
_NUMBER_RUN = re.compile(
    rf"(?<!\w)(?:{_NUMBER_WORDS}|\d{{1,20}})(?:[ ,.\-]{{1,3}}(?:{_NUMBER_WORDS}|\d{{1,20}}))+(?!\w)", re.ASCII
)
_RUN_PART = re.compile(r"[a-z]+|\d+")
# Fewer could be hours: "one, two or three", "nine thirty".
_FEWEST_DICTATED_UNITS = 4
_FEWEST_DICTATED_DIGITS = 9


def matching_form(text: str) -> str:
    """Return `text` as the detectors read it: lower case, plain ASCII letters and digits wherever one is meant.

    Full-width, mathematical and other alphabets' digits, accents, look-alike letters, invisible characters, letters
    spelled one by one and digits dictated as words are all undone. Linear in the length of `text`.
    """
    plain = _WHITE_SPACE.sub(" ", _plain_ascii(text) if text.isascii() else _plain_unicode(text)).strip()
    joined = _SPACED_LETTERS.sub(lambda found: _BETWEEN_LETTERS.sub("", found[0]), plain)
    return _NUMBER_RUN.sub(_dictated, joined)


def _plain_ascii(text: str) -> str:
    return _CONTROLS.sub("", text).casefold()


def _plain_unicode(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text)
    visible = "".join(
        character
        for character in composed
        if character.isspace() or unicodedata.category(character) not in {"Cf", "Cc", "Cs"}
    )
    decomposed = unicodedata.normalize("NFD", visible.casefold())
    plain = "".join(_plain(character) for character in decomposed if unicodedata.category(character) != "Mn")
    return plain.translate(_LOOKALIKES).translate(_PUNCTUATION)


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "-" if unicodedata.category(character) == "Pd" else character


def _dictated(run: re.Match[str]) -> str:
    """Return a run of number words as digits where it is longer than any time of day is."""
    parts = _RUN_PART.findall(run[0])
    if not any(part.isalpha() for part in parts):
        return run[0]
    year = _year_of(parts)
    if year is not None:
        return year
    digits = _digits_of(parts)
    units = sum(part in _UNITS or part in {"double", "triple"} for part in parts)
    one_by_one = units >= _FEWEST_DICTATED_UNITS and units >= len(parts) - 1
    long_in_words = (
        all(part.isalpha() for part in parts) and digits is not None and len(digits) >= _FEWEST_DICTATED_DIGITS
    )
    return digits if digits is not None and (one_by_one or long_in_words) else run[0]


def _year_of(parts: list[str]) -> str | None:
    """Return a spoken year: "nineteen sixty one", "twenty oh five", "two thousand ten"."""
    values = [_value_of(part) for part in parts]
    match parts:
        case [("nineteen" | "twenty") as century, ("oh" | "o"), unit] if unit in _UNITS:
            return f"{_value_of(century)}0{_UNITS[unit]}"
        case [("nineteen" | "twenty") as century, *_] if 2 <= len(parts) <= 3 and None not in values:
            rest = values[1:]
            if rest[0] is not None and ((rest[0] >= 20 and rest[0] % 10 == 0) or (len(rest) == 1 and rest[0] >= 10)):
                if len(rest) == 2 and not (rest[0] >= 20 and rest[1] is not None and 0 < rest[1] < 10):
                    return None
                return f"{_value_of(century)}{sum(value for value in rest if value is not None):02}"
        case ["two", "thousand", *rest_words] if len(rest_words) <= 2:
            rest = [_value_of(word) for word in rest_words]
            if None not in rest:
                return str(2000 + sum(value for value in rest if value is not None))
    return None


def _value_of(word: str) -> int | None:
    if word in _UNITS:
        return int(_UNITS[word])
    return _TEENS.get(word) or _TENS.get(word)


def _digits_of(parts: list[str]) -> str | None:
    digits, repeat = [], 1
    index = 0
    while index < len(parts):
        part = parts[index]
        index += 1
        if part in {"double", "triple"}:
            repeat = 2 if part == "double" else 3
            continue
        if part in _TENS:
            value = _TENS[part]
            if index < len(parts) and _UNITS.get(parts[index], "0") != "0":
                value += int(_UNITS[parts[index]])
                index += 1
            digits.append(str(value))
        elif part in _TEENS:
            digits.append(str(_TEENS[part]))
        elif part in _UNITS:
            digits.append(_UNITS[part] * repeat)
        elif part.isdecimal():
            digits.append(part * repeat)
        else:
            return None
        repeat = 1
    return "".join(digits)
