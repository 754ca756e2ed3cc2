"""A clinic's own steps laid over the common ladder: they replace, add and end, and never make a ladder without end."""

from datetime import timedelta

import pytest

from callbacks.scheduling.due import Urgency
from callbacks.scheduling.ladder import DEFAULT_LADDER, LadderAction, LadderRow, Outcome, attempts_max
from callbacks.scheduling.ladder_changes import CHOICES, LadderError, changed_ladder, closed_reason_of
from callbacks.states import ClosedReason

NOBODY = Outcome.NO_ANSWER
CLOSE_THIRD = LadderRow(NOBODY, 3, LadderAction.CLOSE, closed_reason=ClosedReason.UNREACHABLE)
CLOSE_FIFTH = LadderRow(NOBODY, 5, LadderAction.CLOSE, closed_reason=ClosedReason.UNREACHABLE)
RETRY_FOURTH = LadderRow(NOBODY, 4, LadderAction.RETRY, timedelta(minutes=60))


def test_no_rows_change_nothing():
    assert set(changed_ladder([])) == set(DEFAULT_LADDER)


def test_a_row_replaces_its_own_step_and_no_other():
    slower = LadderRow(Outcome.BUSY, 1, LadderAction.RETRY, timedelta(minutes=30), counts_as_attempt=False)
    assert {*changed_ladder([slower])} - {*DEFAULT_LADDER} == {slower}
    assert len(changed_ladder([slower])) == len(DEFAULT_LADDER)


def test_what_stands_behind_an_end_falls_away():
    shorter = changed_ladder([CLOSE_THIRD])
    assert max(row.step for row in shorter if (row.outcome, row.urgency) == (NOBODY, Urgency.ROUTINE)) == 3
    assert (attempts_max(Urgency.ROUTINE, shorter), attempts_max(Urgency.URGENT, shorter)) == (3, 3)


def test_a_ladder_grows_from_its_end():
    longer = changed_ladder([RETRY_FOURTH, CLOSE_FIFTH])
    assert attempts_max(Urgency.ROUTINE, longer) == 5
    with pytest.raises(LadderError, match="add that step first"):
        changed_ladder([RETRY_FOURTH])


@pytest.mark.parametrize(
    ("outcome", "action"),
    [
        (Outcome.DO_NOT_CALL, LadderAction.RETRY),
        (Outcome.CLINICAL_CONCERN, LadderAction.RETRY),
        (Outcome.WRONG_NUMBER, LadderAction.RETRY),
        (Outcome.NO_ANSWER, LadderAction.OPEN_NOW),
    ],
)
def test_what_no_clinic_may_choose(outcome, action):
    with pytest.raises(LadderError, match="may not follow"):
        changed_ladder([LadderRow(outcome, 1, action)])


def test_every_outcome_that_may_be_chosen_is_in_the_common_ladder_and_closes_for_a_reason():
    assert set(CHOICES) <= {row.outcome for row in DEFAULT_LADDER}
    assert closed_reason_of(Outcome.WRONG_NUMBER) == ClosedReason.WRONG_NUMBER
    assert closed_reason_of(Outcome.BUSY) == ClosedReason.UNREACHABLE
