"""Intake's barge-in: from the instants of one call's speech to interruptions, coughs and the state of its network. Pure.

Thresholds are those of the article (reference: "Edge Cases"): interruptions within 300 ms are one, 150 ms of speech are
needed to count, and detection that takes more than 300 ms again and again means a poor network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

DEBOUNCE = timedelta(milliseconds=300)
SHORTEST_SPEECH = timedelta(milliseconds=150)
SLOW = timedelta(milliseconds=300)
# Fewer than these say nothing about a call: one slow interruption is no network.
FEWEST_MEASURED = 3
# Speech that began longer ago than this did not cause the interruption.
CAUSED_WITHIN = timedelta(seconds=2)
_MILLISECOND = timedelta(milliseconds=1)


class Speech(StrEnum):
    """What was heard of speech, without a word of it."""

    CALLER_BEGAN = "caller_began"
    CALLER_PAUSED = "caller_paused"
    ASSISTANT_BEGAN = "assistant_began"
    ASSISTANT_PAUSED = "assistant_paused"
    INTERRUPTED = "interrupted"


class Network(StrEnum):
    """How the caller's network did in one call."""

    UNKNOWN = "unknown"
    GOOD = "good"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Signal:
    """One instant (the sender's, aware) and what was heard then."""

    speech: Speech
    at: datetime


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller took the word. `detection` is how long the voice side took to notice; None where it cannot be told.

    `repeats`: how often it was told again within 300 ms ("No - wait - actually yes").
    """

    at: datetime
    detection: timedelta | None
    repeats: int


@dataclass(frozen=True, slots=True)
class Quality:
    """One call's barge-in. `coughs` are interruptions by less than 150 ms of speech; they count as none."""

    interruptions: tuple[Interruption, ...]
    coughs: int

    @property
    def detections_ms(self) -> list[int]:
        """How long each interruption that can be measured took to be noticed, in whole milliseconds, in order."""
        return [round(one.detection / _MILLISECOND) for one in self.interruptions if one.detection is not None]

    @property
    def network(self) -> Network:
        measured = self.detections_ms
        if len(measured) < FEWEST_MEASURED:
            return Network.UNKNOWN
        return Network.POOR if median(measured) > SLOW / _MILLISECOND else Network.GOOD


def measure_call(signals: Iterable[Signal]) -> Quality:
    """Read one call's signals, which may come in any order and more than once."""
    ordered = sorted(set(signals), key=lambda signal: (signal.at, signal.speech))
    caller = [signal for signal in ordered if signal.speech in {Speech.CALLER_BEGAN, Speech.CALLER_PAUSED}]
    # The article's messages tell only when the assistant speaks; its log measures from there (120 to 300: 180 ms).
    began = [signal.at for signal in caller if signal.speech is Speech.CALLER_BEGAN] or [
        signal.at for signal in ordered if signal.speech is Speech.ASSISTANT_BEGAN
    ]
    found: list[Interruption] = []
    coughs = 0
    last_told: datetime | None = None
    for told in (signal.at for signal in ordered if signal.speech is Speech.INTERRUPTED):
        is_repeat = last_told is not None and told - last_told < DEBOUNCE
        last_told = told
        if is_repeat and found:
            found[-1] = Interruption(found[-1].at, found[-1].detection, found[-1].repeats + 1)
        elif _is_cough(caller, told):
            coughs += 0 if is_repeat else 1
        else:
            found.append(Interruption(told, _detection(began, told), 0))
    return Quality(interruptions=tuple(found), coughs=coughs)


def _is_cough(caller: Sequence[Signal], told: datetime) -> bool:
    """Whether the speech that caused the interruption is known to have lasted less than 150 ms."""
    began = _cause([signal.at for signal in caller if signal.speech is Speech.CALLER_BEGAN], told)
    if began is None:
        return False
    paused = (signal.at for signal in caller if signal.speech is Speech.CALLER_PAUSED and signal.at >= began)
    end = min(paused, default=None)
    return end is not None and end - began < SHORTEST_SPEECH


def _detection(began: Sequence[datetime], told: datetime) -> timedelta | None:
    cause = _cause(began, told)
    return None if cause is None else told - cause


def _cause(began: Sequence[datetime], told: datetime) -> datetime | None:
    """The latest beginning before the interruption, within two seconds."""
    return max((at for at in began if told - CAUSED_WITHIN <= at <= told), default=None)
