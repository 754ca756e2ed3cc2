"""Tests' run as a whole: its processes' sights come together, because some laws are about the run and not about one test.

`make test` shares the tests among processes. Each tells what it saw when it ends, and the one that shares them judges.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.template import base
from django.test.signals import template_rendered

from tests.intake import tried
from tests.policies.pages import OUR_TEMPLATES, is_whole_run, never_rendered

RENDERED: set[str] = set()
UNSEEN = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session", autouse=True)
def every_template_is_rendered() -> Iterator[None]:
    """Notes each template a page was made of; `pytest_sessionfinish` fails a whole run that left one out."""

    def note(template: base.Template, **more: Any) -> None:
        RENDERED.add(str(template.origin.name))

    template_rendered.connect(note)
    yield
    template_rendered.disconnect(note)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a process that ended has seen; one that died has told nothing, and the run has failed anyway."""
    told = getattr(node, "workeroutput", None) or {}
    RENDERED.update(told.get("rendered", ()))
    for suite, status, count in told.get("answers", ()):
        tried.ANSWERS[suite, status] += count


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that shares the tests, or be it and judge the whole."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["rendered"] = sorted(RENDERED)
        told["answers"] = [[suite, status, count] for (suite, status), count in tried.ANSWERS.items()]
    elif is_whole_run(session.config, session) and (unseen := never_rendered(OUR_TEMPLATES, RENDERED)):
        session.config.stash[UNSEEN] = unseen
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the suites of hostile input tried, for whoever claims "no input gives a 5xx"; and a law that was broken."""
    if tried.ANSWERS:
        terminalreporter.section("hostile input at the webhook")
        for line in tried.summary():
            terminalreporter.write_line(line)
    if unseen := terminalreporter.config.stash.get(UNSEEN, None):
        terminalreporter.section("law of the whole run")
        terminalreporter.write_line(f"FAILED: no test made a page of {', '.join(unseen)}", red=True)
