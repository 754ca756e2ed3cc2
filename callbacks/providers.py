"""Callbacks' providers: what rooms above know of the calls behind a callback, registered in their `ready()`."""

from collections.abc import Callable
from uuid import UUID

TellOfCalls = Callable[[UUID], list[str]]

_tellers: list[TellOfCalls] = []


def register_call_notices(tell: TellOfCalls) -> None:
    """Intake registers what staff should know of a callback's calls: its id in, sentences without patient data out."""
    if tell not in _tellers:
        _tellers.append(tell)


def call_notices(callback_id: UUID) -> list[str]:
    """Sentences about the calls behind a callback; none before anybody has registered."""
    return [sentence for tell in _tellers for sentence in tell(callback_id)]
