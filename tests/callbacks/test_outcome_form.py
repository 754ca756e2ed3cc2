"""The outcome form: clinic time, one sentence for each mistake, and nothing in it that could break the desk."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.models import Clinic
from callbacks.scheduling.ladder import Outcome
from callbacks.web.forms import NOTE_LENGTH, OutcomeForm, ReviewForm


def form(**changes) -> OutcomeForm:
    data = {"outcome": "no_answer", "command_id": str(uuid4()), "version": "3", **changes}
    return OutcomeForm(
        {name: value for name, value in data.items() if value is not None}, clinic=Clinic(time_zone="America/New_York")
    )


def test_what_is_sent_becomes_a_draft():
    command_id = uuid4()
    draft = form(note="  left no message \n", command_id=str(command_id))
    assert draft.is_valid()
    made = draft.draft()
    assert (made.outcome, made.note, made.command_id, made.version) == (
        Outcome.NO_ANSWER,
        "left no message",
        command_id,
        3,
    )
    assert made.agreed_at is None


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-11-25T10:00", datetime(2026, 11, 25, 15, 0, tzinfo=UTC)),
        ("2026-07-01T10:00", datetime(2026, 7, 1, 14, 0, tzinfo=UTC)),
        # 02:30 does not exist that night; it is read as half an hour after the clocks went forward.
        ("2027-03-14T02:30", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        # 01:30 comes twice that night; the first one is meant.
        ("2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_an_agreed_time_is_the_clinics_own(typed, instant):
    sent = form(outcome="agreed_time", agreed_at=typed)
    with time_machine.travel(instant - timedelta(days=1), tick=False):
        assert sent.is_valid(), sent.errors
    assert sent.draft().agreed_at == instant


def test_a_time_left_over_from_another_outcome_is_dropped():
    sent = form(outcome="no_answer", agreed_at="2026-11-25T10:00")
    assert sent.is_valid()
    assert sent.draft().agreed_at is None


@pytest.mark.parametrize(
    "typed",
    ["tomorrow", "25/11/2026 10:00", "2026-13-01T10:00", "2026-11-25T25:00", "T10:00", "2026-11-25T10:00:00.0"],
)
def test_a_time_that_is_none_is_said_in_a_sentence(typed):
    sent = form(outcome="agreed_time", agreed_at=typed)
    assert not sent.is_valid()
    assert sent.first_sentence == "Give the agreed time as day and time."


@pytest.mark.parametrize("typed", ["9999-12-31T23:59", "2400-01-03T10:00", "2062-11-25T10:00"])
def test_a_time_beyond_the_calendar_is_said_in_a_sentence(typed):
    assert not form(outcome="agreed_time", agreed_at=typed).is_valid()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"outcome": None}, "Choose how the call ended, then save."),
        ({"outcome": "escalate_everything"}, "Choose one of the outcomes on the page."),
        ({"note": "x" * (NOTE_LENGTH + 1)}, "Keep the note under 500 characters."),
        ({"command_id": None}, "This page is outdated. Reload it and save again."),
        ({"command_id": "1"}, "This page is outdated. Reload it and save again."),
        ({"version": None}, "This page is outdated. Reload it and save again."),
        ({"version": "0"}, "This page is outdated. Reload it and save again."),
        ({"version": "one"}, "This page is outdated. Reload it and save again."),
    ],
)
def test_each_mistake_has_its_sentence(change, sentence):
    sent = form(**change)
    assert not sent.is_valid()
    assert sent.first_sentence == sentence


def test_a_note_with_a_nul_is_refused_before_the_database_would():
    assert not form(note="a\x00b").is_valid()


@pytest.mark.parametrize("sent", [{}, {"decision": "delete", "version": "1"}, {"decision": "call", "version": "-1"}])
def test_a_review_form_is_as_careful(sent):
    found = ReviewForm(sent)
    assert not found.is_valid()
    assert found.first_sentence.endswith(".")
