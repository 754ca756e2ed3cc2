"""Shared by the callbacks' tests: an open Tuesday that moves only when a test moves it, and Dana who rang then."""

from collections.abc import Iterator

import pytest
import time_machine

from callbacks.models import Callback
from tests.cast import OPEN_TUESDAY, Cast
from tests.policies.callers import promise_call


@pytest.fixture
def tuesday() -> Iterator[time_machine.Traveller]:
    """10:12 in New York."""
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def dana(cast: Cast, tuesday: time_machine.Traveller) -> Callback:
    """Dana rang Riverside ten minutes ago and asked for a morning."""
    return promise_call(cast.riverside)
