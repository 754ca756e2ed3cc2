"""Scheduling's changed ladder: a clinic's own steps laid over the common ones, and what no clinic may change."""

from collections.abc import Iterable

from callbacks.scheduling.due import Urgency
from callbacks.scheduling.ladder_rows import DEFAULT_LADDER, Ladder, LadderAction, LadderRow
from callbacks.scheduling.outcomes import Outcome
from callbacks.states import ClosedReason
from lib.errors import Refusal

_ENDS = frozenset({LadderAction.CLOSE, LadderAction.ESCALATE})
_TRIED = frozenset({LadderAction.RETRY, LadderAction.REVIEW, LadderAction.ESCALATE, LadderAction.CLOSE})
_LOOKED_AT = frozenset({LadderAction.REVIEW, LadderAction.CLOSE})

# What may follow an outcome, where a clinic may choose. The rest is law: a booked call is closed, a clinical concern goes
# to the nurse, who asked not to be called is not called, and a stranger's number is not tried again.
CHOICES = {
    Outcome.NO_ANSWER: _TRIED,
    Outcome.VOICEMAIL_UNAVAILABLE: _TRIED,
    Outcome.VOICEMAIL_LEFT: _TRIED,
    Outcome.MESSAGE_WITH_PERSON: _TRIED,
    Outcome.BUSY: _TRIED,
    Outcome.CALL_FAILED: _TRIED,
    Outcome.IDENTITY_NOT_CONFIRMED: _TRIED,
    Outcome.HUNG_UP: _TRIED,
    Outcome.NOT_IN_SERVICE: _LOOKED_AT,
    Outcome.WRONG_NUMBER: _LOOKED_AT,
}


class LadderError(Refusal):
    """A ladder that would never end, or that does what no ladder may; the sentence says which."""

    code = "ladder_not_possible"
    status = 422


def closed_reason_of(outcome: Outcome) -> ClosedReason:
    """Why a step that closes after this outcome closes: the outcome's own reason, or that nobody was reached."""
    own = [row.closed_reason for row in DEFAULT_LADDER if row.outcome == outcome and row.closed_reason is not None]
    return own[0] if own else ClosedReason.UNREACHABLE


def changed_ladder(rows: Iterable[LadderRow], ladder: Ladder = DEFAULT_LADDER) -> Ladder:
    """Return the ladder with a clinic's rows in it: each replaces the row of its outcome, urgency and step or adds one.

    What stands behind a step that closes or escalates falls away. Raises LadderError for what may not follow an outcome,
    and for a `no_answer` that has no end: every counted retry ends there.
    """
    steps = {_key(row): row for row in ladder}
    for row in rows:
        if row.action not in CHOICES.get(row.outcome, ()):
            raise LadderError("That may not follow this outcome.")
        steps[_key(row)] = row
    changed = tuple(steps[key] for key in sorted(steps, key=lambda key: key[2]))
    kept = tuple(row for row in changed if row.step <= _end_of(row, changed))
    for urgency in Urgency:
        unanswered = [row for row in kept if (row.outcome, row.urgency) == (Outcome.NO_ANSWER, urgency)]
        if unanswered and unanswered[-1].action == LadderAction.RETRY:
            raise LadderError("The last step of an unanswered call closes it or hands it on; add that step first.")
    return kept


def _key(row: LadderRow) -> tuple[Outcome, Urgency, int]:
    return row.outcome, row.urgency, row.step


def _end_of(row: LadderRow, ladder: Ladder) -> int:
    """The first step of this row's outcome and urgency that ends it; its own where none does."""
    ends = (
        other.step
        for other in ladder
        if (other.outcome, other.urgency) == (row.outcome, row.urgency) and other.action in _ENDS
    )
    return min(ends, default=row.step)
