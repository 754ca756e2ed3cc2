"""Maps what the assistant calls the appointment, and the language it heard, to the words the desk uses."""

import re

from callbacks.requests import AppointmentType, Urgency
from intake.sources.vapi.draft import Defect
from intake.sources.vapi.text import clean_text

_LONGEST_VALUE = 60
_WORDS = re.compile(r"[^\W_]+")
# The three enums of the article and the one of today's assistant, without spaces, hyphens and underscores.
_TYPES = {
    "general": AppointmentType.GENERAL_CHECKUP,
    "generalcheckup": AppointmentType.GENERAL_CHECKUP,
    "checkup": AppointmentType.GENERAL_CHECKUP,
    "followup": AppointmentType.FOLLOW_UP,
    "consultation": AppointmentType.CONSULTATION,
    "unspecified": AppointmentType.UNSPECIFIED,
}
_NEGATIONS = frozenset({"not", "non", "no"})

# Language, script, region. Variants and extensions are refused: they hold any word, and language is stored unsealed.
_LANGUAGE_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|[0-9]{3}))?")
_LANGUAGES_BY_ENGLISH_NAME = {
    "arabic": "ar",
    "cantonese": "yue",
    "chinese": "zh",
    "english": "en",
    "french": "fr",
    "german": "de",
    "haitian creole": "ht",
    "hindi": "hi",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "mandarin": "cmn",
    "polish": "pl",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "tagalog": "tl",
    "vietnamese": "vi",
}


def parse_appointment(value: object) -> tuple[AppointmentType, Urgency, tuple[Defect, ...]]:
    """Return type and urgency; "urgent" alone or beside a type ("urgent follow-up") makes the callback urgent.

    Nothing given is no defect. An unknown word is dropped, because it may name an illness, and flagged.
    """
    if value is None or value == "":
        return AppointmentType.UNSPECIFIED, Urgency.ROUTINE, ()
    words = _WORDS.findall(clean_text(value, longest=_LONGEST_VALUE).casefold()) if isinstance(value, str) else []
    urgency = Urgency.URGENT if "urgent" in words and _NEGATIONS.isdisjoint(words) else Urgency.ROUTINE
    rest = "".join(word for word in words if word != "urgent")
    if not rest and urgency is Urgency.URGENT:
        return AppointmentType.UNSPECIFIED, urgency, ()
    if rest in _TYPES:
        return _TYPES[rest], urgency, ()
    return AppointmentType.UNSPECIFIED, urgency, (Defect.UNKNOWN_APPOINTMENT_TYPE,)


def parse_language(value: object) -> tuple[str | None, tuple[Defect, ...]]:
    """Return a BCP 47 tag in its usual case ("es", "pt-BR", "zh-Hant"); English names of languages are understood."""
    if value is None or value == "":
        return None, ()
    if not isinstance(value, str):
        return None, (Defect.UNKNOWN_LANGUAGE,)
    text = clean_text(value, longest=_LONGEST_VALUE)
    named = _LANGUAGES_BY_ENGLISH_NAME.get(text.casefold())
    if named is not None:
        return named, ()
    match = _LANGUAGE_TAG.fullmatch(text)
    if match is None:
        return None, (Defect.UNKNOWN_LANGUAGE,)
    language, script, region = match.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part), ()
