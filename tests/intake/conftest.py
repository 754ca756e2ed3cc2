"""Intake's tests start in a process that has opened no secret and seen no flood: both outlive a test's rollback."""

import pytest

from intake.services import rejecting
from intake.services.opened_secrets import opened_secrets


@pytest.fixture(autouse=True)
def a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejecting, "_flood", rejecting._Flood())
    opened_secrets.forget()
