"""Maps what the caller said about the best time to one of the desk's windows, and keeps the words that say more."""

import re

from callbacks.requests import PreferredWindow
from intake.sources.vapi.draft import Defect
from intake.sources.vapi.text import UNREADABLE, clean_text

LONGEST_WORDS = 200

_WINDOW_OF_WORD = {
    "morning": PreferredWindow.MORNING,
    "mornings": PreferredWindow.MORNING,
    "afternoon": PreferredWindow.AFTERNOON,
    "afternoons": PreferredWindow.AFTERNOON,
    "evening": PreferredWindow.EVENING,
    "evenings": PreferredWindow.EVENING,
    "tonight": PreferredWindow.EVENING,
}
_INDIFFERENT = frozenset({"any", "anytime", "whenever", "either", "flexible"})
# Words that add nothing to a window. "Tomorrow" is among them: the promise is to call within 24 hours.
_FILLER_WORDS = (
    "a are at around be best better call during fine for good great i if in is it me my ok on or please possible "
    "prefer preferably preferred s the this time times to today tomorrow with work works would"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
_NEGATION = re.compile(
    r"\b(?:no|not|never|except|but|avoid|unless|cannot|cant|dont|wont|\w+n['\N{RIGHT SINGLE QUOTATION MARK}]t)\b"
)
_NO_PREFERENCE = re.compile(r"\b(?:no preference|(?:doesn|don)['\N{RIGHT SINGLE QUOTATION MARK}]?t (?:matter|mind))\b")
_CLOCK = re.compile(
    r"\b(?:(?P<relation>after|from|at|around|about|past|before|by|until)\s+)?"
    r"(?:(?P<noon>noon)\b|(?P<hour>\d{1,2})(?::?(?P<minute>[0-5]\d))?\b\s*(?P<half>[ap]\.?\s?m\b\.?)?"
    r"(?:\s*o'?clock)?(?!\s*(?:[/:.-]?\d|/|days?|weeks?|months?|hours?|hrs?|min)))"
)
_ORDINAL = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b")
_UNTIL = frozenset({"before", "by", "until"})


def parse_preferred_time(value: object) -> tuple[PreferredWindow, str | None, tuple[Defect, ...]]:
    """Return the window and, where the window does not say it all, the caller's words (at most 200 characters).

    "morning" and "tomorrow morning" are a window; "Tuesday morning" and "after 3" are a window and words;
    "9 to 5" and "not before 11" are words. Windows: before 12, 12 to 17, from 17.
    """
    if value is None or value == "":
        return PreferredWindow.ANY, None, ()
    if not isinstance(value, str):
        return PreferredWindow.ANY, None, (Defect.UNKNOWN_PREFERRED_TIME,)
    words = clean_text(value, longest=LONGEST_WORDS)
    if not words:
        return PreferredWindow.ANY, None, ()
    defects = (Defect.UNREADABLE_TEXT,) if UNREADABLE in words else ()
    window, says_it_all = _window_of(words.casefold())
    return window, None if says_it_all else words, defects


def _window_of(text: str) -> tuple[PreferredWindow, bool]:
    """Return the window and whether it carries everything the text says."""
    if _NO_PREFERENCE.fullmatch(text):
        return PreferredWindow.ANY, True
    if _NEGATION.search(text):
        return PreferredWindow.ANY, False
    # What is neither a letter nor a space may change the meaning ("12/04", "<b>"), so it counts as a word of its own.
    tokens = re.findall(r"[^\W\d_]+|[^\s.,!'\N{RIGHT SINGLE QUOTATION MARK}]", text)
    named = {_WINDOW_OF_WORD[token] for token in tokens if token in _WINDOW_OF_WORD}
    plain = all(token in _FILLERS or token in _INDIFFERENT or token in _WINDOW_OF_WORD for token in tokens)
    if len(named) == 1:
        return named.pop(), plain
    if named:
        return PreferredWindow.ANY, False
    if plain and not _INDIFFERENT.isdisjoint(tokens):
        return PreferredWindow.ANY, True
    return _window_of_clock(text), False


def _window_of_clock(text: str) -> PreferredWindow:
    """Return the window of the one time of day in the text, ANY where there is none, several, or doubt."""
    undated = _ORDINAL.sub("", text)
    clocks = [match for match in _CLOCK.finditer(undated) if match["relation"] or match["half"] or match["noon"]]
    if len(clocks) != 1 or re.search(r"\d", _CLOCK.sub("", undated)) or len(list(_CLOCK.finditer(undated))) != 1:
        return PreferredWindow.ANY
    relation = clocks[0]["relation"]
    hour = _hour_of(clocks[0])
    if hour is None:
        return PreferredWindow.ANY
    if relation in _UNTIL:
        return PreferredWindow.MORNING if hour <= 12 else PreferredWindow.ANY
    if hour >= 17:
        return PreferredWindow.EVENING
    if hour >= 12:
        return PreferredWindow.AFTERNOON
    # "After 9" leaves the whole day open; "at 9" does not.
    return PreferredWindow.MORNING if relation in {None, "at", "around", "about"} else PreferredWindow.ANY


def _hour_of(clock: re.Match[str]) -> int | None:
    if clock["noon"]:
        return 12
    hour = int(clock["hour"])
    half = clock["half"]
    if half:
        return None if not 1 <= hour <= 12 else hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23 or hour == 0:
        return None
    # Nobody asks a clinic to call at 3 in the night.
    return hour + 12 if hour < 7 else hour
