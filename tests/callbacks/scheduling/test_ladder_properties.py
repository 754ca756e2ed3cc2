"""What the retry ladder guarantees for every clinic, caller and order of events."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st

from callbacks.scheduling.bands import half_day_of
from callbacks.scheduling.due import Urgency
from callbacks.scheduling.hours import is_callable
from callbacks.scheduling.ladder import LadderAction, Outcome, PastAttempt, next_step
from callbacks.states import ClosedReason
from tests.callbacks.scheduling.clinics import (
    NEW_YORK,
    RIVERSIDE,
    calendars,
    instants,
    minutes,
    windows,
    zones_of_callers,
)

CLOSE, RETRY, REVIEW = LadderAction.CLOSE, LadderAction.RETRY, LadderAction.REVIEW


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(set(Outcome) - {Outcome.AGREED_TIME})), instants, calendars(), zones_of_callers, windows,
    st.sampled_from(Urgency),
)  # fmt: skip
def test_a_retry_is_always_planned_into_callable_time_ahead(outcome, now, calendar, zones, window, urgency):
    step = next_step(outcome, [], now, calendar, zones, window, urgency=urgency)
    assert (step.closed_reason is not None) == (step.action is CLOSE)
    assert (step.not_before is not None) == (step.action is RETRY)
    if step.not_before is not None and step.due_at is not None:
        assert now <= step.not_before < step.due_at
        assert is_callable(calendar, step.not_before, zones)
        assert is_callable(calendar, step.due_at - timedelta.resolution, zones)


@settings(max_examples=75, deadline=None)
@given(
    instants,
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    Outcome.NO_ANSWER,
                    Outcome.BUSY,
                    Outcome.VOICEMAIL_LEFT,
                    Outcome.VOICEMAIL_UNAVAILABLE,
                    Outcome.CALL_FAILED,
                ]
            ),
            # Staff may call before the planned time, and long after it.
            st.sampled_from([minutes(0), minutes(5), minutes(90)]),
            st.booleans(),
        ),
        min_size=30,
        max_size=30,
    ),
    zones_of_callers,
    windows,
)
def test_nobody_is_unreachable_before_four_attempts_on_two_days_and_three_half_days(start, story, zones, window):
    zone = (zones or (NEW_YORK,))[0]
    history: list[PastAttempt] = []
    now = start
    for outcome, late, early in story:
        step = next_step(outcome, history, now, RIVERSIDE, zones, window)
        history.append(PastAttempt(outcome, now, step.counts_as_attempt))
        assert step.attempts_made == sum(attempt.counts for attempt in history)
        assert step.attempts_made <= step.attempts_max
        if step.action is not RETRY:
            break
        now = now + minutes(1) if early else (step.not_before or now) + late
    assert step.action in {CLOSE, REVIEW}, "thirty tries end somewhere"
    if step.closed_reason is ClosedReason.UNREACHABLE:
        counted = [attempt.recorded_at for attempt in history if attempt.counts]
        assert len(counted) >= 4
        assert len({at.astimezone(zone).date() for at in counted}) >= 2
        assert len({(at.astimezone(zone).date(), half_day_of(at, zone)) for at in counted}) >= 3


@settings(max_examples=60, deadline=None)
@given(instants, zones_of_callers, windows)
def test_tries_at_the_planned_times_are_four_on_different_half_days(start, zones, window):
    history: list[PastAttempt] = []
    now = start
    for _ in range(4):
        step = next_step(Outcome.NO_ANSWER, history, now, RIVERSIDE, zones, window)
        history.append(PastAttempt(Outcome.NO_ANSWER, now, counts=True))
        now = step.not_before or now
    assert all(earlier.recorded_at < later.recorded_at for earlier, later in pairwise(history))
    assert step.closed_reason is ClosedReason.UNREACHABLE
