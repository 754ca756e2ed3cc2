"""Shared by the vault's tests: a caller's sealed row, and a key ring that tests may turn."""

import base64
import os
from collections.abc import Callable

import pytest
from pytest_django import Settings

from callbacks.models import Callback
from tests.cast import Cast
from tests.policies.callers import promise_call


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def dana(cast: Cast) -> Callback:
    """Dana's callback, read back from the database."""
    return Callback.objects.get(pk=promise_call(cast.riverside).pk)


@pytest.fixture
def eli(cast: Cast) -> Callback:
    """Eli's callback, of the same clinic."""
    return Callback.objects.get(pk=promise_call(cast.riverside, first_name="Eli", phone="+12025550144").pk)


@pytest.fixture
def turn_in_key(settings: Settings) -> Callable[[], str]:
    """Put a new field key in front of the ring, as a rotation does; gives the key."""

    def turn() -> str:
        key = new_key()
        settings.RINGBACK_FIELD_KEYS = [key, *settings.RINGBACK_FIELD_KEYS]
        return key

    return turn
