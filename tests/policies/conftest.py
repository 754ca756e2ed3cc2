"""Shared by the laws: an open Tuesday, Dana's callback, and a caller whose every value can be recognised."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from callbacks.models import Callback
from tests.cast import OPEN_TUESDAY, Cast
from tests.policies.callers import promise_call

NAME, NUMBER, WORDS = "Zqxname", "+12025550171", "Zqxwords please"


@pytest.fixture
def tuesday() -> Iterator[time_machine.Traveller]:
    """A Tuesday morning on which Riverside is open; it stands still."""
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def dana(cast: Cast, tuesday: time_machine.Traveller) -> Callback:
    """Dana rang Riverside ten minutes ago."""
    return promise_call(cast.riverside)


@pytest.fixture
def caller(cast: Cast, tuesday: time_machine.Traveller) -> Callback:
    """A caller whose every value can be recognised: see `NAME`, `NUMBER`, `WORDS`."""
    return promise_call(
        cast.riverside, first_name=NAME, phone=NUMBER, called_from="+12025550172", preferred_words=WORDS
    )


@pytest.fixture
def ana(cast: Cast, tuesday: time_machine.Traveller) -> Client:
    return cast.browser("ana")


@pytest.fixture
def held(caller: Callback, ana: Client) -> Callback:
    """The caller, claimed by Ana."""
    assert ana.post(f"/callbacks/{caller.pk}/claim").status_code == 302
    caller.refresh_from_db()
    return caller


def outcome_form(callback: Callback, **changed: Any) -> dict[str, Any]:
    """Nobody answered, with a note; a new form each time."""
    form = {"outcome": "no_answer", "note": "Zqxnote", "command_id": str(uuid4()), "version": callback.version}
    return form | changed
