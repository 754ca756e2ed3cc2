"""The retry ladder: every outcome at every step, what the receptionist reads, and that nobody is given up too early."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callbacks.scheduling.due import PreferredWindow, Urgency
from callbacks.scheduling.hours import ClinicCalendar, Period
from callbacks.scheduling.ladder import (
    DEFAULT_LADDER,
    AgreedTimeError,
    LadderAction,
    LadderRow,
    Outcome,
    PastAttempt,
    attempts_max,
    can_leave_voicemail,
    next_step,
)
from callbacks.states import ClosedReason
from tests.callbacks.scheduling.clinics import (
    LOS_ANGELES,
    NEVER_OPEN,
    NEW_YORK,
    RIVERSIDE,
    local,
    minutes,
    shown,
)

ANY, MORNING, AFTERNOON, EVENING = PreferredWindow
CLOSE, RETRY, REVIEW, ESCALATE, WAIT_AGREED, OPEN_NOW = LadderAction
MON, TUE, WED = "2026-11-16", "2026-11-17", "2026-11-18"


def past(*tries):
    """Tries from ("2026-11-16 10:00", outcome) pairs; redials and failed calls do not count."""
    uncounted = {Outcome.BUSY, Outcome.CALL_FAILED}
    return [PastAttempt(outcome, local(at), outcome not in uncounted) for at, outcome in tries]


def after(outcome, now, *tries, window=ANY, urgency=Urgency.ROUTINE, zones=(), calendar=RIVERSIDE, agreed=None):
    return next_step(
        outcome, past(*tries), local(now), calendar, zones, window, agreed and local(agreed), urgency=urgency
    )


@pytest.mark.parametrize(
    ("outcome", "action", "reason"),
    [
        (Outcome.BOOKED, CLOSE, ClosedReason.BOOKED),
        (Outcome.RESOLVED_NO_APPOINTMENT, CLOSE, ClosedReason.RESOLVED_NO_APPOINTMENT),
        (Outcome.DECLINED, CLOSE, ClosedReason.DECLINED),
        (Outcome.DO_NOT_CALL, CLOSE, ClosedReason.DO_NOT_CALL),
        (Outcome.LANGUAGE_BARRIER, OPEN_NOW, None),
        (Outcome.CLINICAL_CONCERN, ESCALATE, None),
        (Outcome.IDENTITY_NOT_CONFIRMED, RETRY, None),
        (Outcome.HUNG_UP, RETRY, None),
        (Outcome.MESSAGE_WITH_PERSON, RETRY, None),
        (Outcome.VOICEMAIL_LEFT, RETRY, None),
        (Outcome.NO_ANSWER, RETRY, None),
        (Outcome.VOICEMAIL_UNAVAILABLE, RETRY, None),
        (Outcome.BUSY, RETRY, None),
        (Outcome.CALL_FAILED, RETRY, None),
        (Outcome.NOT_IN_SERVICE, REVIEW, None),
        (Outcome.WRONG_NUMBER, REVIEW, None),
    ],
)
def test_the_first_try_of_every_outcome(outcome, action, reason):
    step = after(outcome, f"{MON} 10:00")
    assert (step.action, step.closed_reason) == (action, reason)
    assert (step.not_before is not None) == (action is RETRY)


def test_every_outcome_has_rows_and_every_row_an_outcome():
    assert {row.outcome for row in DEFAULT_LADDER} == set(Outcome)


# Outcome, now, earlier tries, window: the sentence before saving.
SENTENCES = [
    (Outcome.NO_ANSWER, f"{MON} 10:12", [], ANY, "Will be tried again today 13:12-17:00, attempt 2 of 4."),
    (Outcome.NO_ANSWER, f"{MON} 08:30", [], ANY, "Will be tried again today 13:00-17:00, attempt 2 of 4."),
    (Outcome.NO_ANSWER, f"{MON} 14:00", [], ANY, "Will be tried again Tue 08:00-12:00, attempt 2 of 4."),
    (Outcome.NO_ANSWER, "2026-11-25 16:30", [], ANY, "Will be tried again Mon 09:30-12:00, attempt 2 of 4."),
    (
        Outcome.NO_ANSWER, f"{MON} 14:00", [(f"{MON} 10:00", Outcome.NO_ANSWER)], MORNING,
        "Will be tried again Tue 08:00-12:00, attempt 3 of 4.",
    ),
    (
        Outcome.NO_ANSWER, f"{MON} 14:00", [(f"{MON} 10:00", Outcome.NO_ANSWER)], AFTERNOON,
        "Will be tried again Tue 13:00-17:00, attempt 3 of 4.",
    ),
    # The clinic has no evening: the next day will do.
    (
        Outcome.NO_ANSWER, f"{MON} 14:00", [(f"{MON} 10:00", Outcome.NO_ANSWER)], EVENING,
        "Will be tried again Tue 08:00-12:00, attempt 3 of 4.",
    ),
    (
        Outcome.NO_ANSWER, f"{TUE} 09:00", [(f"{MON} 10:00", Outcome.NO_ANSWER), (f"{MON} 14:00", Outcome.NO_ANSWER)],
        MORNING, "Will be tried again Wed 13:00-17:00, attempt 4 of 4.",
    ),
    (
        Outcome.NO_ANSWER, f"{TUE} 09:00", [(f"{MON} 10:00", Outcome.NO_ANSWER), (f"{MON} 14:00", Outcome.NO_ANSWER)],
        ANY, "Will be tried again Wed 13:00-17:00, attempt 4 of 4.",
    ),
    (Outcome.VOICEMAIL_LEFT, f"{MON} 10:00", [], MORNING, "Will be tried again Tue 08:00-12:00, attempt 2 of 4."),
    (Outcome.VOICEMAIL_LEFT, "2026-11-20 10:00", [], ANY, "Will be tried again Mon 08:00-12:00, attempt 2 of 4."),
    (Outcome.BUSY, f"{MON} 10:00", [], ANY, "Will be tried again today 10:10-12:00, attempt 1 of 4."),
    (Outcome.BUSY, f"{MON} 11:55", [], ANY, "Will be tried again today 13:05-17:00, attempt 1 of 4."),
    (Outcome.BUSY, f"{MON} 16:50", [], ANY, "Will be tried again Tue 08:00-12:00, attempt 1 of 4."),
    (Outcome.CALL_FAILED, f"{MON} 10:00", [], ANY, "Will be tried again today 10:15-12:00, attempt 1 of 4."),
    (Outcome.CLINICAL_CONCERN, f"{MON} 10:00", [], ANY, "Goes to the nurse now."),
    (Outcome.LANGUAGE_BARRIER, f"{MON} 10:00", [], ANY, "Stays open; the next call is made with an interpreter."),
    (Outcome.WRONG_NUMBER, f"{MON} 10:00", [], ANY, "Goes to review: is there another number on file?"),
    (Outcome.BOOKED, f"{MON} 10:00", [], ANY, "Will be closed: appointment booked."),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "now", "tries", "window", "sentence"), SENTENCES)
def test_the_sentence_before_saving(outcome, now, tries, window, sentence):
    assert after(outcome, now, *tries, window=window).sentence == sentence


def test_a_retry_is_due_at_the_end_of_its_stretch():
    step = after(Outcome.NO_ANSWER, f"{MON} 10:12")
    assert (shown(step.not_before), shown(step.due_at)) == ("Mon 2026-11-16 13:12", "Mon 2026-11-16 17:00")
    assert (step.counts_as_attempt, step.attempts_made, step.attempts_max) == (True, 1, 4)


THREE_TRIES = [
    (f"{MON} 10:00", Outcome.NO_ANSWER),
    (f"{MON} 14:00", Outcome.NO_ANSWER),
    (f"{TUE} 09:00", Outcome.NO_ANSWER),
]


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.NO_ANSWER,
        Outcome.VOICEMAIL_UNAVAILABLE,
        Outcome.VOICEMAIL_LEFT,
        Outcome.MESSAGE_WITH_PERSON,
        Outcome.HUNG_UP,
    ],
)
def test_the_fourth_fruitless_attempt_is_the_last(outcome):
    step = after(outcome, f"{WED} 14:00", *THREE_TRIES)
    assert (step.action, step.closed_reason, step.attempts_made) == (CLOSE, ClosedReason.UNREACHABLE, 4)
    assert step.not_before is step.due_at is None


def test_closing_as_unreachable_without_a_message_asks_why():
    step = after(Outcome.NO_ANSWER, f"{WED} 14:00", *THREE_TRIES)
    assert step.reason_required
    assert step.sentence == "Will be closed: not reached in 4 attempts. Say why no message was left."
    left = after(Outcome.VOICEMAIL_LEFT, f"{WED} 14:00", *THREE_TRIES)
    assert not left.reason_required
    assert left.sentence == "Will be closed: not reached in 4 attempts."


def test_four_tries_on_one_morning_do_not_make_anybody_unreachable():
    tries = [(f"{MON} {clock}", Outcome.NO_ANSWER) for clock in ("08:00", "08:30", "09:00")]
    step = after(Outcome.NO_ANSWER, f"{MON} 10:00", *tries)
    assert step.sentence == "Will be tried again today 13:00-17:00, attempt 5 of 6."
    tries += [(f"{MON} 10:00", Outcome.NO_ANSWER)]
    step = after(Outcome.NO_ANSWER, f"{MON} 13:30", *tries)
    assert step.sentence == "Will be tried again Tue 08:00-12:00, attempt 6 of 6."
    tries += [(f"{MON} 13:30", Outcome.NO_ANSWER)]
    assert after(Outcome.NO_ANSWER, f"{TUE} 08:30", *tries).closed_reason is ClosedReason.UNREACHABLE


def test_three_redials_of_a_busy_line_are_one_attempt():
    busy = [(f"{MON} 10:{minute:02}", Outcome.BUSY) for minute in (0, 10, 20)]
    assert after(Outcome.BUSY, f"{MON} 10:20", *busy[:2]).counts_as_attempt is False
    step = after(Outcome.BUSY, f"{MON} 10:30", *busy)
    assert (step.counts_as_attempt, step.attempts_made) == (True, 1)
    assert step.sentence == "Will be tried again today 13:30-17:00, attempt 2 of 4."


def test_redials_are_counted_anew_for_the_next_attempt():
    history = [
        *past(*[(f"{MON} 10:{minute:02}", Outcome.BUSY) for minute in (0, 10, 20)]),
        PastAttempt(Outcome.BUSY, local(f"{MON} 10:30"), counts=True),
    ]
    step = next_step(Outcome.BUSY, history, local(f"{MON} 13:30"), RIVERSIDE, (), ANY)
    assert step.sentence == "Will be tried again today 13:40-17:00, attempt 2 of 4."


def test_a_busy_line_ends_as_unreachable_too():
    busy = [(f"{WED} 10:{minute:02}", Outcome.BUSY) for minute in (0, 10, 20)]
    assert after(Outcome.BUSY, f"{WED} 10:30", *THREE_TRIES, *busy).closed_reason is ClosedReason.UNREACHABLE


def test_the_third_failed_call_goes_to_review_even_between_busy_ones():
    tries = [
        (f"{MON} 10:00", Outcome.CALL_FAILED),
        (f"{MON} 10:15", Outcome.BUSY),
        (f"{MON} 10:25", Outcome.CALL_FAILED),
    ]
    assert after(Outcome.CALL_FAILED, f"{MON} 10:25", *tries[:2]).action is RETRY
    step = after(Outcome.CALL_FAILED, f"{MON} 10:40", *tries)
    assert (step.action, step.attempts_made) == (REVIEW, 0)
    assert step.sentence == "Goes to review: the call could not be connected."


@pytest.mark.parametrize("first", [Outcome.IDENTITY_NOT_CONFIRMED, Outcome.HUNG_UP])
@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (Outcome.IDENTITY_NOT_CONFIRMED, ClosedReason.IDENTITY_NOT_CONFIRMED),
        (Outcome.HUNG_UP, ClosedReason.HUNG_UP),
    ],
)
def test_an_unconfirmed_or_unwilling_person_is_called_once_more(first, second, reason):
    tried_between = [(f"{MON} 10:00", first), (f"{TUE} 10:00", Outcome.NO_ANSWER)]
    assert after(second, f"{WED} 14:00", *tried_between).closed_reason is reason


def test_a_second_dead_number_closes():
    tries = [(f"{MON} 10:00", Outcome.NOT_IN_SERVICE)]
    assert after(Outcome.WRONG_NUMBER, f"{TUE} 10:00", *tries).closed_reason is ClosedReason.WRONG_NUMBER
    assert after(Outcome.NOT_IN_SERVICE, f"{TUE} 10:00", *tries).closed_reason is ClosedReason.NOT_IN_SERVICE


def test_urgent_is_tried_three_times_within_sixty_callable_minutes_and_then_escalated():
    tries: list[tuple[str, Outcome]] = []
    now = f"{MON} 11:30"
    for _ in range(2):
        step = after(Outcome.NO_ANSWER, now, *tries, urgency=Urgency.URGENT)
        assert (step.action, step.attempts_max) == (RETRY, 3)
        tries.append((now, Outcome.NO_ANSWER))
        now = shown(step.not_before)[4:]
    assert now == f"{MON} 13:10"
    step = after(Outcome.NO_ANSWER, now, *tries, urgency=Urgency.URGENT)
    assert step.action is ESCALATE
    assert step.sentence == "Goes to the supervisor and the nurse now: not reached in 3 attempts."
    assert shown(step.due_at) == "Mon 2026-11-16 13:25"


@pytest.mark.parametrize(
    "outcome", [Outcome.BUSY, Outcome.VOICEMAIL_LEFT, Outcome.HUNG_UP, Outcome.IDENTITY_NOT_CONFIRMED]
)
def test_an_urgent_callback_is_never_closed_for_want_of_reaching(outcome):
    tries = [(f"{MON} 10:00", Outcome.HUNG_UP), (f"{MON} 10:20", Outcome.NO_ANSWER)]
    assert after(outcome, f"{MON} 10:20", *tries[:1], urgency=Urgency.URGENT).action is RETRY
    assert after(outcome, f"{MON} 10:40", *tries, urgency=Urgency.URGENT).action is ESCALATE


def test_urgent_outcomes_without_rows_of_their_own_follow_the_routine_ones():
    assert after(Outcome.BOOKED, f"{MON} 10:00", urgency=Urgency.URGENT).closed_reason is ClosedReason.BOOKED
    assert after(Outcome.WRONG_NUMBER, f"{MON} 10:00", urgency=Urgency.URGENT).action is REVIEW


def test_half_days_and_windows_are_the_callers():
    # 14:00 in New York is 11:00 in Los Angeles: their other half-day begins at 15:00 here.
    step = after(Outcome.NO_ANSWER, f"{MON} 11:30", zones=(LOS_ANGELES,))
    assert step.sentence == "Will be tried again today 15:00-17:00, attempt 2 of 4."
    step = after(Outcome.VOICEMAIL_LEFT, f"{MON} 14:00", zones=(LOS_ANGELES,), window=AFTERNOON)
    assert step.sentence == "Will be tried again Tue 15:00-17:00, attempt 2 of 4."


def test_the_last_ten_minutes_of_a_half_day_are_not_worth_aiming_at():
    periods = (Period.parse("08:00-12:00"), Period.parse("13:00-15:05"))
    early = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(5), periods))
    step = after(Outcome.NO_ANSWER, f"{MON} 11:55", calendar=early)
    assert step.sentence == "Will be tried again Tue 13:00-15:05, attempt 2 of 4."


def test_a_redial_after_all_attempts_of_a_reopened_callback_is_one_more():
    step = after(Outcome.BUSY, "2026-11-19 09:00", *THREE_TRIES, (f"{WED} 14:00", Outcome.NO_ANSWER))
    assert step.sentence == "Will be tried again today 09:10-12:00, attempt 5 of 5."


def test_a_retry_without_callable_time_goes_to_review():
    step = after(Outcome.NO_ANSWER, f"{MON} 10:00", calendar=NEVER_OPEN)
    assert (step.action, step.not_before) == (REVIEW, None)
    assert step.sentence == "Goes to review: no callable time in the next 21 days."


def test_an_agreed_time_waits_for_it_and_is_due_fifteen_minutes_later():
    step = after(Outcome.AGREED_TIME, f"{MON} 10:00", agreed=f"{TUE} 14:30")
    assert (step.action, step.not_before) == (WAIT_AGREED, local(f"{TUE} 14:30"))
    assert step.due_at == local(f"{TUE} 14:45")
    assert step.sentence == "Will be called at the agreed time, tomorrow 14:30."
    assert step.counts_as_attempt is False


@pytest.mark.parametrize(
    ("agreed", "sentence"),
    [
        (None, "Say at what time"),
        (f"{MON} 10:00", "has passed"),
        (f"{MON} 12:30", "cannot call at that time"),
        (f"{MON} 17:00", "cannot call at that time"),
    ],
)
def test_an_agreed_time_that_cannot_be_kept_is_refused(agreed, sentence):
    with pytest.raises(AgreedTimeError, match=sentence) as refused:
        after(Outcome.AGREED_TIME, f"{MON} 10:00", agreed=agreed)
    assert (refused.value.code, refused.value.status) == ("agreed_time_not_possible", 422)
    assert sentence in refused.value.sentence


def test_two_voicemails_a_day_apart_at_most():
    first, second = (f"{MON} 10:00", Outcome.VOICEMAIL_LEFT), (f"{TUE} 10:00", Outcome.VOICEMAIL_LEFT)
    assert can_leave_voicemail([], local(f"{MON} 10:00"))
    assert not can_leave_voicemail(past(first), local(f"{TUE} 09:59"))
    assert can_leave_voicemail(past(first), local(f"{TUE} 10:00"))
    assert not can_leave_voicemail(past(first, second), local("2026-11-30 10:00"))


def test_a_clinic_may_change_its_ladder():
    fewer = (
        *(row for row in DEFAULT_LADDER if row.outcome is not Outcome.NO_ANSWER),
        LadderRow(Outcome.NO_ANSWER, 1, RETRY, minutes(45)),
        LadderRow(Outcome.NO_ANSWER, 2, REVIEW),
    )
    assert attempts_max(Urgency.ROUTINE, fewer) == 2
    first = next_step(Outcome.NO_ANSWER, [], local(f"{MON} 10:00"), RIVERSIDE, (), ANY, ladder=fewer)
    assert first.sentence == "Will be tried again today 10:45-12:00, attempt 2 of 2."
    tries = past((f"{MON} 10:00", Outcome.NO_ANSWER))
    assert next_step(
        Outcome.VOICEMAIL_LEFT, tries, local(f"{MON} 11:00"), RIVERSIDE, (), ANY, ladder=fewer
    ).action is REVIEW  # fmt: skip


def test_a_ladder_without_the_outcome_is_refused():
    with pytest.raises(ValueError, match="no row for busy"):
        next_step(Outcome.BUSY, [], local(f"{MON} 10:00"), RIVERSIDE, (), ANY, ladder=DEFAULT_LADDER[:3])


@pytest.mark.parametrize(
    "change",
    [{"step": 0}, {"delay": timedelta(minutes=-1)}, {"closed_reason": ClosedReason.BOOKED}, {"action": CLOSE}],
)
def test_rows_that_make_no_sense_are_refused(change):
    with pytest.raises(ValueError, match=r"row that closes|Steps start"):
        replace(LadderRow(Outcome.NO_ANSWER, 1, RETRY), **change)


def test_naive_instants_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        next_step(Outcome.BUSY, [], datetime(2026, 11, 16, 10), RIVERSIDE, (), ANY)
