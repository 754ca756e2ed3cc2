"""States: what is shown of a callback, and which command fits which status."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import cast

import pytest

from callbacks.states import (
    CLOSED_REASON_WORDS,
    TRANSITIONS,
    ClosedReason,
    Command,
    DisplayState,
    Status,
    TransitionError,
    WaitReason,
    can_transition,
    check_transition,
    display_state,
)

NOW = datetime(2026, 11, 17, 15, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(minutes=1), NOW - timedelta(minutes=1)

# Status, lease, wait, callable: shown.
SHOWN = [
    (Status.OPEN, None, None, True, DisplayState.READY),
    (Status.OPEN, None, None, False, DisplayState.CLOSED_HOURS),
    (Status.OPEN, None, LATER, True, DisplayState.WAITING),
    (Status.OPEN, None, LATER, False, DisplayState.WAITING),
    (Status.OPEN, None, NOW, True, DisplayState.READY),
    (Status.OPEN, None, EARLIER, False, DisplayState.CLOSED_HOURS),
    (Status.OPEN, LATER, None, True, DisplayState.IN_PROGRESS),
    (Status.OPEN, LATER, LATER, False, DisplayState.IN_PROGRESS),
    (Status.OPEN, NOW, None, True, DisplayState.READY),
    (Status.OPEN, EARLIER, LATER, True, DisplayState.WAITING),
    (Status.NEEDS_REVIEW, LATER, LATER, False, DisplayState.NEEDS_REVIEW),
    (Status.ESCALATED, LATER, LATER, False, DisplayState.ESCALATED),
    (Status.CLOSED, LATER, LATER, True, DisplayState.CLOSED),
]


@pytest.mark.parametrize(("status", "lease", "wait", "is_callable", "shown"), SHOWN)
def test_what_is_shown(status, lease, wait, is_callable, shown):
    assert shown is display_state(
        status=status, now=NOW, lease_expires_at=lease, not_before=wait, is_callable_now=is_callable
    )


def test_a_status_read_from_the_database_is_plain_text_and_works_alike():
    assert (
        display_state(
            status=cast("Status", "closed"), now=NOW, lease_expires_at=None, not_before=None, is_callable_now=True
        )
        is DisplayState.CLOSED
    )
    assert check_transition(cast("Command", "claim"), cast("Status", "open")) == {Status.OPEN}


# For each command: the statuses it fits, as first letters of open, needs review, escalated, closed.
FITS = {
    Command.RELEASE_FROM_REVIEW: "n",
    Command.CLAIM: "one",
    Command.HEARTBEAT: "one",
    Command.START_DIAL: "oe",
    Command.RECORD_OUTCOME: "oe",
    Command.RECORD_LATE_OUTCOME: "onec",
    Command.RELEASE: "one",
    Command.SKIP: "o",
    Command.TAKE_OVER: "one",
    Command.SNOOZE: "o",
    Command.AGREE_TIME: "o",
    Command.ESCALATE: "on",
    Command.ACCEPT: "e",
    Command.RESOLVE: "e",
    Command.RETURN: "e",
    Command.CLOSE: "on",
    Command.MERGE_INTO_OTHER: "one",
    Command.RESOLVE_ELSEWHERE: "on",
    Command.CANCEL: "one",
    Command.RECOMPUTE_DUE: "one",
    Command.UNDO: "onc",
    Command.REOPEN: "c",
    Command.ATTACH_REPEAT: "one",
    Command.REASSIGN: "one",
    Command.HAND_OVER: "one",
    Command.CORRECT: "n",
    Command.SEND_TO_REVIEW: "o",
    Command.EXPIRE: "one",
    Command.NOTE_NEEDS: "one",
    Command.LET_DESK_CALL: "on",
}


@pytest.mark.parametrize(("command", "status"), list(product(Command, Status)))
def test_every_command_on_every_status(command, status):
    fits = status.value[0] in FITS[command]
    assert can_transition(command, status) is fits
    if fits:
        assert check_transition(command, status) == TRANSITIONS[command, status]
        return
    with pytest.raises(TransitionError) as refused:
        check_transition(command, status)
    assert (refused.value.command, refused.value.from_status) == (command, status)
    assert (refused.value.code, refused.value.status) == ("transition_not_allowed", 409)
    assert refused.value.sentence.endswith(".")
    assert str(refused.value) == refused.value.sentence


@pytest.mark.parametrize(
    ("command", "status", "targets"),
    [
        (Command.RELEASE_FROM_REVIEW, Status.NEEDS_REVIEW, {Status.OPEN}),
        (Command.RECORD_OUTCOME, Status.OPEN, set(Status)),
        (Command.RECORD_OUTCOME, Status.ESCALATED, {Status.ESCALATED, Status.CLOSED}),
        (Command.RECORD_LATE_OUTCOME, Status.CLOSED, {Status.CLOSED}),
        (Command.ESCALATE, Status.OPEN, {Status.ESCALATED}),
        (Command.RETURN, Status.ESCALATED, {Status.OPEN}),
        (Command.RESOLVE, Status.ESCALATED, {Status.CLOSED}),
        (Command.UNDO, Status.CLOSED, set(Status)),
        (Command.REOPEN, Status.CLOSED, {Status.OPEN, Status.NEEDS_REVIEW, Status.CLOSED}),
        (Command.CORRECT, Status.NEEDS_REVIEW, {Status.NEEDS_REVIEW, Status.CLOSED}),
    ],
)
def test_where_commands_lead(command, status, targets):
    assert check_transition(command, status) == targets


def test_a_claim_never_changes_the_status():
    for command in (Command.CLAIM, Command.HEARTBEAT, Command.RELEASE, Command.TAKE_OVER, Command.START_DIAL):
        for status in Status:
            if can_transition(command, status):
                assert check_transition(command, status) == {status}


def test_only_undo_and_reopen_leave_closed():
    leaving = {
        command
        for (command, status), targets in TRANSITIONS.items()
        if status is Status.CLOSED and targets != {status}
    }
    assert leaving == {Command.UNDO, Command.REOPEN}


def test_every_status_can_be_reached_and_closed():
    assert {target for targets in TRANSITIONS.values() for target in targets} == set(Status)
    for status in set(Status) - {Status.CLOSED}:
        assert Status.CLOSED in check_transition(Command.CANCEL, status)


def test_every_closed_reason_has_words():
    assert set(CLOSED_REASON_WORDS) == set(ClosedReason)
    assert len(set(CLOSED_REASON_WORDS.values())) == len(ClosedReason)


@pytest.mark.parametrize(("names", "longest"), [(Status, 16), (ClosedReason, 32), (WaitReason, 8), (Command, 32)])
def test_stored_words_fit_their_columns(names, longest):
    assert all(len(name) <= longest for name in names)
