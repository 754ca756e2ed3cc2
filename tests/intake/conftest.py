"""Intake's tests start in a process that has opened no secret and seen no flood: both outlive a test's rollback."""

import pytest

from intake.services import rejecting
from intake.services.opened_secrets import opened_secrets
from tests.intake import tried


@pytest.fixture(autouse=True)
def a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejecting, "_flood", rejecting._Flood())
    opened_secrets.forget()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the suites of hostile input tried, for whoever claims "no input gives a 5xx"."""
    if tried.ANSWERS:
        terminalreporter.section("hostile input at the webhook")
        for line in tried.summary():
            terminalreporter.write_line(line)
