"""Intake's eye for dates of birth: a date beside a word of birth, or a whole date in a year that has passed."""

import re

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|"
    r"diciembre)\.?"
)
_ORDINAL_WORD = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_DAY = rf"(?:(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?|{_ORDINAL_WORD})"
_YEAR = r"(?:19|20)\d\d"
_DAY_AND_MONTH = rf"(?:{_MONTH} (?:the )?{_DAY}|(?:the |el )?{_DAY} (?:of |de )?{_MONTH})"
_NUMBERS = r"\d{1,2} ?[/.\-] ?\d{1,2} ?[/.\-] ?(?:\d{4}|\d{2})"

_BIRTH = (
    r"\b(?:born|birth(?: ?day| ?date)?s?|d\.?o\.?b\.?|date of birth|b-?day|naci(?:o|da|do|miento)?|cumpleanos|nacio)\b"
)
_SAYS_BIRTH = re.compile(_BIRTH)
# "born in Springfield" tells no date; "my birthday is Friday" tells none either.
_ANY_DATE = (
    rf"(?:{_DAY_AND_MONTH}|{_NUMBERS}|{_YEAR}|\d{{4}} ?[/.\-] ?\d{{1,2}} ?[/.\-] ?\d{{1,2}}|\d{{1,2}}/\d{{1,2}}"
    r"|\b\d{6}\b|\b\d{8}\b|'\d\d\b)"
)
_BESIDE_BIRTH = re.compile(
    rf"{_BIRTH}.{{0,30}}?(?<![\d:]){_ANY_DATE}(?! ?(?:[ap]\.?m|:))|{_ANY_DATE}.{{0,15}}{_BIRTH}"
)

_WHOLE_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_DAY_AND_MONTH},? ?(?:of |in |de |del )?(?P<year>{_YEAR})\b",
        rf"\b{_MONTH},? (?:of )?(?P<year>{_YEAR})\b",
        rf"(?<![\d/.:\-])\d{{1,2}} ?[/.\-] ?\d{{1,2}} ?[/.\-] ?(?P<year>{_YEAR})(?!\d)",
        rf"(?<![\d/.:\-])(?P<year>{_YEAR}) ?[/.\-] ?\d{{1,2}} ?[/.\-] ?\d{{1,2}}(?!\d)",
    )
)
# With slashes only: "9-10-11" lists hours.
_SHORT_DATE = re.compile(r"(?<![\d/.:\-])\d{1,2}/\d{1,2}/(?P<year>\d\d)(?![\d/])")
# "June 18, 26" may be a day and an hour; "June 18 '26" and "June 18, 71" are not.
_APOSTROPHE_DATE = re.compile(
    rf"\b{_DAY_AND_MONTH},? (?:'(?=\d)|(?=[4-9]))(?P<year>\d\d)\b(?! ?(?::|[ap]\.?m|o'?clock|st|nd|rd|th))"
)
# A two-digit year this far ahead of now belongs to the last century.
_YEARS_AHEAD = 5


def tells_birth_date(text: str, *, this_year: int) -> bool:
    """Whether a text in matching form tells a date of birth; days of this year and later are appointments."""
    if _SAYS_BIRTH.search(text) and _BESIDE_BIRTH.search(text):
        return True
    for pattern in _WHOLE_DATES:
        if any(int(found["year"]) < this_year for found in pattern.finditer(text)):
            return True
    short = this_year % 100
    return any(
        not short <= int(found["year"]) <= short + _YEARS_AHEAD
        for pattern in (_SHORT_DATE, _APOSTROPHE_DATE)
        for found in pattern.finditer(text)
    )
