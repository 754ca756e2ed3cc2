"""Scheduling's ladder rows: what follows an outcome, as data that a clinic may change (callbacks.md §2.4)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callbacks.scheduling.due import Urgency
from callbacks.scheduling.outcomes import Outcome
from callbacks.states import ClosedReason


class LadderAction(StrEnum):
    CLOSE = "close"
    RETRY = "retry"
    REVIEW = "review"
    ESCALATE = "escalate"
    WAIT_AGREED = "wait_agreed"
    OPEN_NOW = "open_now"


class WindowRule(StrEnum):
    """Which callable time, after the delay, the next try aims at."""

    ANY = "any"
    OTHER_HALF_DAY = "other_half_day"
    NEXT_DAY_PREFERRED = "next_day_preferred"
    NEXT_DAY_OPPOSITE = "next_day_opposite"


@dataclass(frozen=True, slots=True)
class LadderRow:
    """What follows an outcome at one step; the row with the highest step reached applies.

    The step counts, this try included: for a busy line and a failed call, its repeats since a try last counted; for
    outcomes in `OUTCOMES_COUNTED_TOGETHER`, how often one of them happened at all; otherwise the counted attempts.
    `delay` is callable time. An urgent callback uses the urgent rows of an outcome where there are any.
    Raises ValueError for a step below 1, a negative delay, or a closed reason without closing (and the reverse).
    """

    outcome: Outcome
    step: int
    action: LadderAction
    delay: timedelta = timedelta()
    window_rule: WindowRule = WindowRule.ANY
    counts_as_attempt: bool = True
    closed_reason: ClosedReason | None = None
    urgency: Urgency = Urgency.ROUTINE

    def __post_init__(self) -> None:
        if self.step < 1 or self.delay < timedelta():
            raise ValueError("Steps start at 1 and delays run forward.")
        if (self.action == LadderAction.CLOSE) != (self.closed_reason is not None):
            raise ValueError("A row that closes says why, and only such a row.")


Ladder = tuple[LadderRow, ...]

OUTCOMES_COUNTED_AS_REDIALS = frozenset({Outcome.BUSY, Outcome.CALL_FAILED})

OUTCOMES_COUNTED_TOGETHER = (
    frozenset({Outcome.IDENTITY_NOT_CONFIRMED, Outcome.HUNG_UP}),
    frozenset({Outcome.NOT_IN_SERVICE, Outcome.WRONG_NUMBER}),
)


def _closes(outcome: Outcome, reason: ClosedReason, step: int = 1) -> LadderRow:
    return LadderRow(outcome, step, LadderAction.CLOSE, closed_reason=reason)


def _retries(
    outcome: Outcome,
    step: int,
    minutes: int = 0,
    window_rule: WindowRule = WindowRule.ANY,
    counts: bool = True,
    urgency: Urgency = Urgency.ROUTINE,
) -> LadderRow:
    return LadderRow(
        outcome, step, LadderAction.RETRY, timedelta(minutes=minutes), window_rule, counts, urgency=urgency
    )


def _unanswered(outcome: Outcome) -> Ladder:
    return (
        _retries(outcome, 1, 120, WindowRule.OTHER_HALF_DAY),
        _retries(outcome, 2, 0, WindowRule.NEXT_DAY_PREFERRED),
        _retries(outcome, 3, 0, WindowRule.NEXT_DAY_OPPOSITE),
        _closes(outcome, ClosedReason.UNREACHABLE, step=4),
    )


# The last row of `no_answer` says how many attempts there are, and what ends them for every other outcome that counts.
DEFAULT_LADDER: Ladder = (
    _closes(Outcome.BOOKED, ClosedReason.BOOKED),
    _closes(Outcome.RESOLVED_NO_APPOINTMENT, ClosedReason.RESOLVED_NO_APPOINTMENT),
    _closes(Outcome.DECLINED, ClosedReason.DECLINED),
    LadderRow(Outcome.AGREED_TIME, 1, LadderAction.WAIT_AGREED, counts_as_attempt=False),
    LadderRow(Outcome.LANGUAGE_BARRIER, 1, LadderAction.OPEN_NOW, counts_as_attempt=False),
    LadderRow(Outcome.CLINICAL_CONCERN, 1, LadderAction.ESCALATE),
    _retries(Outcome.IDENTITY_NOT_CONFIRMED, 1, 0, WindowRule.NEXT_DAY_PREFERRED),
    _closes(Outcome.IDENTITY_NOT_CONFIRMED, ClosedReason.IDENTITY_NOT_CONFIRMED, step=2),
    _retries(Outcome.HUNG_UP, 1, 0, WindowRule.NEXT_DAY_PREFERRED),
    _closes(Outcome.HUNG_UP, ClosedReason.HUNG_UP, step=2),
    _retries(Outcome.MESSAGE_WITH_PERSON, 1, 0, WindowRule.NEXT_DAY_PREFERRED),
    _retries(Outcome.VOICEMAIL_LEFT, 1, 0, WindowRule.NEXT_DAY_PREFERRED),
    *_unanswered(Outcome.NO_ANSWER),
    *_unanswered(Outcome.VOICEMAIL_UNAVAILABLE),
    # Three redials belong to the try that found the line busy first.
    _retries(Outcome.BUSY, 1, 10, counts=False),
    _retries(Outcome.BUSY, 4, 120, WindowRule.OTHER_HALF_DAY),
    _retries(Outcome.CALL_FAILED, 1, 15, counts=False),
    LadderRow(Outcome.CALL_FAILED, 3, LadderAction.REVIEW, counts_as_attempt=False),
    LadderRow(Outcome.NOT_IN_SERVICE, 1, LadderAction.REVIEW),
    _closes(Outcome.NOT_IN_SERVICE, ClosedReason.NOT_IN_SERVICE, step=2),
    LadderRow(Outcome.WRONG_NUMBER, 1, LadderAction.REVIEW),
    _closes(Outcome.WRONG_NUMBER, ClosedReason.WRONG_NUMBER, step=2),
    _closes(Outcome.DO_NOT_CALL, ClosedReason.DO_NOT_CALL),
    # Urgent: three tries within 60 callable minutes, then supervisor and nurse.
    _retries(Outcome.NO_ANSWER, 1, 20, urgency=Urgency.URGENT),
    LadderRow(Outcome.NO_ANSWER, 3, LadderAction.ESCALATE, urgency=Urgency.URGENT),
    _retries(Outcome.VOICEMAIL_UNAVAILABLE, 1, 20, urgency=Urgency.URGENT),
    _retries(Outcome.VOICEMAIL_LEFT, 1, 20, urgency=Urgency.URGENT),
    _retries(Outcome.MESSAGE_WITH_PERSON, 1, 20, urgency=Urgency.URGENT),
    _retries(Outcome.IDENTITY_NOT_CONFIRMED, 1, 20, urgency=Urgency.URGENT),
    _retries(Outcome.HUNG_UP, 1, 20, urgency=Urgency.URGENT),
    _retries(Outcome.BUSY, 1, 10, urgency=Urgency.URGENT),
)
