"""Callbacks' ear for call ids: the rooms that hear calls say which of them a callback came from."""

from collections.abc import Callable
from uuid import UUID

ListCalls = Callable[[UUID], list[str]]

_listed_by: list[ListCalls] = []


def register_calls(list_calls: ListCalls) -> None:
    """A room above registers, in its `ready()`, how the voice side's call ids of a callback are found, first one first."""
    if list_calls not in _listed_by:
        _listed_by.append(list_calls)


def call_ids_of(callback_id: UUID) -> list[str]:
    """The voice side's ids of the calls behind a callback, in order; none for one that no call is known of."""
    return [call_id for list_calls in _listed_by for call_id in list_calls(callback_id)]
