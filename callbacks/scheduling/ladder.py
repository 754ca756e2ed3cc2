"""Scheduling's ladder: what happens after an outcome, told before it is saved (callbacks.md §2.4)."""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.scheduling import wording
from callbacks.scheduling.bands import PreferredWindow, half_day_of
from callbacks.scheduling.due import Urgency, clinical_due_at
from callbacks.scheduling.hours import ClinicCalendar, is_callable
from callbacks.scheduling.instants import in_utc
from callbacks.scheduling.ladder_rows import (
    DEFAULT_LADDER,
    OUTCOMES_COUNTED_AS_REDIALS,
    OUTCOMES_COUNTED_TOGETHER,
    Ladder,
    LadderAction,
    LadderRow,
    WindowRule,
)
from callbacks.scheduling.outcomes import Outcome, PastAttempt
from callbacks.scheduling.retry_window import RetryPlace, plan_retry
from callbacks.states import CLOSED_REASON_WORDS, ClosedReason
from lib.errors import Refusal

__all__ = [
    "DEFAULT_LADDER",
    "AgreedTimeError",
    "Ladder",
    "LadderAction",
    "LadderRow",
    "NextStep",
    "Outcome",
    "PastAttempt",
    "WindowRule",
    "attempts_max",
    "can_leave_voicemail",
    "next_step",
]

# Nobody is given up as unreachable on fewer; three half-days never fit into one day, so they span two at least.
LEAST_HALF_DAYS = 3
AGREED_TIME_GRACE = timedelta(minutes=15)
MOST_VOICEMAILS = 2
BETWEEN_VOICEMAILS = timedelta(hours=24)
_MESSAGES = frozenset({Outcome.VOICEMAIL_LEFT, Outcome.MESSAGE_WITH_PERSON})


class AgreedTimeError(Refusal):
    """The agreed time cannot be kept; the sentence says why."""

    code = "agreed_time_not_possible"
    status = 422


@dataclass(frozen=True, slots=True)
class NextStep:
    """What an outcome leads to. Instants are UTC.

    `not_before` is set for a retry and an agreed time; `due_at` for these and an escalation (None there: no open time
    in sight), otherwise the callback's own stays. `attempts_made` includes this try if it counts; `attempts_max` may
    grow while tries lack variety. `reason_required`: closing as unreachable without a message left needs a stated reason.
    `sentence` is what the receptionist reads before saving: clinic time, no patient data.
    """

    action: LadderAction
    not_before: datetime | None
    due_at: datetime | None
    closed_reason: ClosedReason | None
    counts_as_attempt: bool
    attempts_made: int
    attempts_max: int
    reason_required: bool
    sentence: str


def next_step(
    outcome: Outcome,
    history: Sequence[PastAttempt],
    now: datetime,
    calendar: ClinicCalendar,
    recipient_zones: tuple[ZoneInfo, ...],
    preferred_window: PreferredWindow,
    agreed_at: datetime | None = None,
    *,
    urgency: Urgency = Urgency.ROUTINE,
    ladder: Ladder = DEFAULT_LADDER,
) -> NextStep:
    """Return what follows `outcome`, recorded at `now` after the tries in `history`, oldest first (§2.4).

    1. The row of this outcome at this step applies; a counted retry on the last attempt ends as `no_answer` does.
    2. Closing as unreachable waits until the counted tries cover three half-days: the other half-day is tried first.
    3. A retry without callable time in the next 21 days goes to review instead.

    Delays are callable time of this clinic and number. Raises AgreedTimeError when an agreed time is missing, past, or
    not callable; ValueError for naive instants and for a ladder without a row for the outcome.
    """
    place = RetryPlace(in_utc(now), calendar, recipient_zones, preferred_window)
    row = _row_of(outcome, history, urgency, ladder)
    made = sum(attempt.counts for attempt in history) + row.counts_as_attempt
    most = attempts_max(urgency, ladder)
    if row.action == LadderAction.RETRY and row.counts_as_attempt and made >= most:
        row = _last_row(urgency, ladder)
    if row.closed_reason == ClosedReason.UNREACHABLE:
        missing = LEAST_HALF_DAYS - _half_days(history, place)
        if missing > 0:
            row, most = (
                LadderRow(outcome, row.step, LadderAction.RETRY, window_rule=WindowRule.OTHER_HALF_DAY),
                made + missing,
            )
    tally = _Tally(row.counts_as_attempt, made, max(made, most))

    if row.action == LadderAction.RETRY:
        return _retry(row, place, tally)
    if row.action == LadderAction.WAIT_AGREED:
        return _wait_agreed(agreed_at, place, tally)
    if row.action == LadderAction.ESCALATE:
        return _escalate(outcome, place, tally)
    if row.closed_reason is not None:
        outcomes = {outcome, *(attempt.outcome for attempt in history)}
        return _close(row.closed_reason, outcomes, tally)
    if row.action == LadderAction.OPEN_NOW:
        return tally.step(LadderAction.OPEN_NOW, "Stays open; the next call is made with an interpreter.")
    return tally.step(LadderAction.REVIEW, _REVIEW_SENTENCES.get(outcome, "Goes to review."))


def attempts_max(urgency: Urgency, ladder: Ladder = DEFAULT_LADDER) -> int:
    """Return how many counted attempts the ladder holds: the step of the last `no_answer` row (§2.4)."""
    return _last_row(urgency, ladder).step


def can_leave_voicemail(history: Sequence[PastAttempt], now: datetime) -> bool:
    """Whether one more voicemail may be left: two at most, at least 24 h apart (§1). Contact rules come on top."""
    left_at = [attempt.recorded_at for attempt in history if attempt.outcome == Outcome.VOICEMAIL_LEFT]
    return len(left_at) < MOST_VOICEMAILS and all(in_utc(now) - at >= BETWEEN_VOICEMAILS for at in left_at)


def _rows_of(outcome: Outcome, urgency: Urgency, ladder: Ladder) -> list[LadderRow]:
    """The outcome's rows by step: those of this urgency, or the routine ones where it has none of its own."""
    for wanted in (urgency, Urgency.ROUTINE):
        rows = [row for row in ladder if row.outcome == outcome and row.urgency == wanted]
        if rows:
            return sorted(rows, key=lambda row: row.step)
    raise ValueError(f"The ladder has no row for {outcome}.")


def _row_of(outcome: Outcome, history: Sequence[PastAttempt], urgency: Urgency, ladder: Ladder) -> LadderRow:
    rows = _rows_of(outcome, urgency, ladder)
    step = _step_of(outcome, history)
    return max((row for row in rows if row.step <= step), key=lambda row: row.step, default=rows[0])


def _last_row(urgency: Urgency, ladder: Ladder) -> LadderRow:
    return _rows_of(Outcome.NO_ANSWER, urgency, ladder)[-1]


def _step_of(outcome: Outcome, history: Sequence[PastAttempt]) -> int:
    if outcome in OUTCOMES_COUNTED_AS_REDIALS:
        redials = 0
        for attempt in reversed(history):
            if attempt.counts:
                break
            redials += attempt.outcome == outcome
        return redials + 1
    for together in OUTCOMES_COUNTED_TOGETHER:
        if outcome in together:
            return sum(attempt.outcome in together for attempt in history) + 1
    return sum(attempt.counts for attempt in history) + 1


def _half_days(history: Sequence[PastAttempt], place: RetryPlace) -> int:
    """How many different halves of days the counted tries cover, this one included, in the caller's zone."""
    zone = place.their_zones[0]
    instants = [in_utc(attempt.recorded_at) for attempt in history if attempt.counts]
    return len({(at.astimezone(zone).date(), half_day_of(at, zone)) for at in (*instants, place.now)})


@dataclass(frozen=True, slots=True)
class _Tally:
    """The attempts so far, this one included, and the step they lead to."""

    counts: bool
    made: int
    most: int

    def step(
        self,
        action: LadderAction,
        sentence: str,
        *,
        not_before: datetime | None = None,
        due_at: datetime | None = None,
        closed_reason: ClosedReason | None = None,
        reason_required: bool = False,
    ) -> NextStep:
        return NextStep(
            action, not_before, due_at, closed_reason, self.counts, self.made, self.most, reason_required, sentence
        )


def _retry(row: LadderRow, place: RetryPlace, tally: _Tally) -> NextStep:
    planned = plan_retry(place, row.delay, row.window_rule)
    if planned is None:
        return tally.step(LadderAction.REVIEW, "Goes to review: no callable time in the next 21 days.")
    when = wording.stretch(planned, place.now, place.calendar.zone)
    number = tally.made + 1
    sentence = f"Will be tried again {when}, attempt {number} of {max(tally.most, number)}."
    return tally.step(LadderAction.RETRY, sentence, not_before=planned.start, due_at=planned.end)


def _wait_agreed(agreed_at: datetime | None, place: RetryPlace, tally: _Tally) -> NextStep:
    if agreed_at is None:
        raise AgreedTimeError("Say at what time the caller wants to be called.")
    agreed_at = in_utc(agreed_at)
    if agreed_at <= place.now:
        raise AgreedTimeError("The agreed time has passed already.")
    if not is_callable(place.calendar, agreed_at, place.recipient_zones):
        raise AgreedTimeError("The clinic cannot call at that time; agree on one within calling hours.")
    when = wording.day_and_clock(agreed_at, place.now, place.calendar.zone)
    sentence = f"Will be called at the agreed time, {when}."
    return tally.step(LadderAction.WAIT_AGREED, sentence, not_before=agreed_at, due_at=agreed_at + AGREED_TIME_GRACE)


def _escalate(outcome: Outcome, place: RetryPlace, tally: _Tally) -> NextStep:
    sentence = "Goes to the nurse now."
    if outcome != Outcome.CLINICAL_CONCERN:
        sentence = f"Goes to the supervisor and the nurse now: not reached in {_times(tally.made)}."
    return tally.step(LadderAction.ESCALATE, sentence, due_at=clinical_due_at(place.now, place.calendar))


def _close(reason: ClosedReason, outcomes: AbstractSet[Outcome], tally: _Tally) -> NextStep:
    sentence = f"Will be closed: {CLOSED_REASON_WORDS[reason]}."
    reason_required = False
    if reason == ClosedReason.UNREACHABLE:
        sentence = f"Will be closed: {CLOSED_REASON_WORDS[reason]} in {_times(tally.made)}."
        reason_required = not outcomes & _MESSAGES
        if reason_required:
            sentence += " Say why no message was left."
    return tally.step(LadderAction.CLOSE, sentence, closed_reason=reason, reason_required=reason_required)


_REVIEW_SENTENCES = {
    Outcome.CALL_FAILED: "Goes to review: the call could not be connected.",
    Outcome.NOT_IN_SERVICE: "Goes to review: is there another number on file?",
    Outcome.WRONG_NUMBER: "Goes to review: is there another number on file?",
}


def _times(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"
