"""Intake's eye for numbers that name one person: social security, record, member and telephone numbers."""

import re

from intake.screen.findings import Kind

_DIGIT = re.compile(r"\d")
_IS = r"(?:\W{0,3}(?:is|are|was|es|it's|of|the|my|que|:|#|no|num|number|numero|digits|ends|end|ending|in|with|last|four|4)\b){0,5}\W{0,3}"
# What an id looks like: letters and digits, at least three of the digits.
_ID = r"(?=[a-z \-]{0,6}\d)(?:[a-z]{0,4}[ \-]?)(?:\d[ \-]?[a-z]{0,2}[ \-]?){2,}\d"
_SHORT_ID = r"[a-z]{0,4}[ \-]?\d(?:[ \-]?[a-z]{0,2}\d){2,}"

_SSN_WORD = (
    r"\b(?:ssn|s\.s\.n\.?|social security|(?:my|his|her) social|social (?:number|num|no|is|ends)|seguro social|itin)\b"
)
_SSN = (
    re.compile(rf"{_SSN_WORD}{_IS}\d(?:[ \-.,]{{0,3}}\d){{3}}"),
    re.compile(r"(?<![\d\-/.])\d{3}([ \-./])\d{2}\1\d{4}(?![\d\-/])"),
    re.compile(r"(?<![\d\-/.])\d{3} ?- ?\d{2} ?- ?\d{4}(?![\d\-/])"),
    re.compile(
        r"\blast (?:four|4)\b.{0,25}\bsocial\b.{0,12}\d{4}|\blast (?:four|4)(?: digits)?(?: are| is)?:? \d{4}\b"
    ),
)
_NINE_DIGITS = re.compile(r"(?<![\d+])\d{9}(?!\d)")

_MRN = (
    re.compile(rf"\bm\.?r\.?n\.?\b{_IS}{_SHORT_ID}"),
    re.compile(
        rf"\b(?:medical records?|chart|patient|record|case|file|account|acct|expediente|historia clinica)"
        rf"(?: (?:id|no|number|num|numero)\b\.?| ?#){_IS}{_SHORT_ID}"
    ),
    re.compile(rf"\b(?:medical record|chart|account|expediente){_IS}{_SHORT_ID}"),
)

_PLAN = (
    r"(?:aetna|ambetter|anthem|bcbs|blue ?cross|blue ?shield|centene|cigna|cvs|etna|humana|kaiser|medicaid|medi-?cal|medicare|"
    r"molina|oscar|tricare|unitedhealth(?:care)?|united ?health ?care|united|wellcare|insurance|insured|member|membership|"
    r"subscriber|policy|plan|group|beneficiary|coverage|payer|seguro|poliza|afiliado)"
)
_MEMBER = (
    re.compile(
        rf"\b{_PLAN}(?: \w{{1,12}})?(?: ?(?:id|identification|number|num|no|card|numero|policy|member|plan)\b\.?| ?#){{1,3}}"
        rf"{_IS}{_SHORT_ID}"
    ),
    re.compile(rf"\b(?:medicare|medicaid|policy|subscriber|member){_IS}(?:[a-z]{{1,4}}[ \-]?\d{{3}}|\d[ \-]?\d{{4}})"),
    # Medicare's own form: 1EG4-TE5-MK73.
    re.compile(r"\b[1-9][a-z][a-z0-9]\d[ \-]?[a-z][a-z0-9]\d[ \-]?[a-z]{2}\d{2}\b"),
    # XYZ123456789: a prefix of letters and many digits.
    re.compile(r"\b[a-z]{1,4}-?\d{6,12}\b"),
)

_PHONE = (
    re.compile(r"\+ ?\d(?:[ \-.()]{0,2}\d){7,14}"),
    re.compile(r"(?<![\d/:.])(?:1[ \-.]{1,2})?\(?\d{3}\)?[ \-./]{1,3}\d{3}[ \-.]{1,3}\d{4}(?!\d)"),
    re.compile(r"(?<!\d)1?\d{10}(?!\d)"),
)
_SEVEN = re.compile(r"(?<![\d/:.\-$])(\d{3})(?: ?[\-.] ?| )(\d{4})(?![\d:/\-])(?! ?(?:[ap]\.?m\b|hours|hrs))")
_SEVEN_TOGETHER = re.compile(r"(?<![\d+:/.\-])\d{7}(?!\d)")
_QUARTERS = frozenset({"00", "15", "30", "45"})

# Eight digits may be a date (20261204) or two hours (1615-1245); longer runs are nobody's time.
_LONG_NUMBER = re.compile(r"(?<!\d)(?!20[2-9]\d[01]\d[0-3]\d(?!\d))\d{8}|(?<!\d)\d(?:[ \-]?\d){11,40}")
_ANY_DATES = re.compile(r"(?<!\d)(?:\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}[/.\-]\d{1,2}[/.\-]\d{1,2})(?!\d)")
_OTHER_DOCUMENT = re.compile(
    rf"\b(?:driver'?s? licen[cs]e|licen[cs]e (?:number|no)|passport|green card|visa card|credit card|debit card|"
    rf"card number|pasaporte|licencia){_IS}{_SHORT_ID}"
)


def identifier_kinds(text: str, *, is_number: bool) -> set[Kind]:
    """Which identifying numbers a text in matching form holds. `is_number`: a telephone number belongs here."""
    found: set[Kind] = set()
    if not _DIGIT.search(text):
        return found
    if any(pattern.search(text) for pattern in _SSN) or (not is_number and _NINE_DIGITS.search(text)):
        found.add(Kind.SSN)
    if any(pattern.search(text) for pattern in _MRN):
        found.add(Kind.MRN)
    if any(pattern.search(text) for pattern in _MEMBER):
        found.add(Kind.MEMBER_ID)
    if _OTHER_DOCUMENT.search(text):
        found.add(Kind.LONG_NUMBER)
    if is_number:
        return found
    if any(pattern.search(text) for pattern in _PHONE) or _has_seven(text):
        found.add(Kind.PHONE)
    if not found and _LONG_NUMBER.search(_ANY_DATES.sub(" / ", text)):
        found.add(Kind.LONG_NUMBER)
    return found


def _has_seven(text: str) -> bool:
    """Whether there is a local number, "555-0143"; "930-1030" is two times of day."""
    if _SEVEN_TOGETHER.search(text):
        return True
    return any(not _is_a_span(found[1], found[2]) for found in _SEVEN.finditer(text))


def _is_a_span(begin: str, end: str) -> bool:
    return begin[1:] in _QUARTERS and end[2:] in _QUARTERS and begin[0] != "0" and end[0] != "0" and int(end[:2]) <= 24
