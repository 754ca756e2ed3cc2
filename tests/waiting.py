"""Tests' patience: waits for a condition, never for a time."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20
_POLL_SECONDS = 0.01


def becomes_true(condition: Callable[[], object], *, within: float = PATIENCE_SECONDS) -> bool:
    """Whether the condition holds at some moment of the next `within` seconds; asked a last time at their end."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(_POLL_SECONDS)
    return bool(condition())
