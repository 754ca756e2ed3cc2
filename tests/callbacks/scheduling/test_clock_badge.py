"""The clock badge: its words alone say how a promise stands."""

import re

import pytest
from hypothesis import given, settings

from callbacks.scheduling.clock_badge import BadgeKind, badge
from callbacks.scheduling.due import PreferredWindow, PromiseFlag, Urgency, compute_promise
from tests.callbacks.scheduling.clinics import (
    LOS_ANGELES,
    RIVERSIDE,
    calendars,
    instants,
    local,
    zones_of_callers,
)

URGENT, RISK, OK, WAIT = BadgeKind


def shown_badge(now, due, promised="2026-11-30 23:00", **more):
    made = badge(local(due), local(promised), local(now), RIVERSIDE, **more)
    return made.kind, made.label


@pytest.mark.parametrize(
    ("now", "due", "expected"),
    [
        ("2026-11-24 10:12", "2026-11-24 10:24", (URGENT, "12 min left")),
        ("2026-11-24 10:12", "2026-11-24 10:42", (URGENT, "30 min left")),
        ("2026-11-24 10:12", "2026-11-24 10:43", (RISK, "31 min left")),
        ("2026-11-24 10:12", "2026-11-24 11:32", (RISK, "1 h 20 left")),
        ("2026-11-24 10:12", "2026-11-24 11:42", (RISK, "1 h 30 left")),
        ("2026-11-24 10:12", "2026-11-24 11:43", (OK, "today 11:43")),
        ("2026-11-24 10:12", "2026-11-24 15:30", (OK, "today 15:30")),
        ("2026-11-24 10:12", "2026-11-25 09:40", (OK, "tomorrow 09:40")),
        ("2026-11-24 10:12", "2026-11-30 09:40", (OK, "Mon 09:40")),
        ("2026-11-24 10:12", "2026-11-24 10:12", (URGENT, "due now")),
        ("2026-11-24 10:12", "2026-11-24 09:37", (URGENT, "overdue 35 min")),
        ("2026-11-24 10:12", "2026-11-23 17:00", (URGENT, "overdue 17 h 12")),
        # Lunch and night are not time left, so the label says when it is due as well.
        ("2026-11-24 11:50", "2026-11-24 13:20", (URGENT, "30 min left, due 13:20")),
        ("2026-11-24 16:30", "2026-11-25 09:00", (RISK, "1 h 30 left, due tomorrow 09:00")),
        ("2026-11-24 12:30", "2026-11-24 13:00", (URGENT, "due 13:00")),
    ],
)
def test_labels(now, due, expected):
    assert shown_badge(now, due) == expected


def test_the_first_minute_overdue_is_one_minute():
    due = local("2026-11-24 10:00")
    just_after = local("2026-11-24 10:00:01")
    assert badge(due, due, just_after, RIVERSIDE).label == "overdue 1 min"


def test_a_promise_that_cannot_be_kept_says_when_it_is_due_instead():
    promised = "2026-11-21 16:50"
    assert shown_badge("2026-11-20 16:50", "2026-11-23 09:00", promised) == (
        RISK, "promise cannot be kept: due Mon 09:00",
    )  # fmt: skip
    assert shown_badge("2026-11-23 08:31", "2026-11-23 09:00", promised) == (
        URGENT, "promise cannot be kept: due 09:00",
    )  # fmt: skip


def test_after_the_first_call_the_promise_is_no_longer_at_stake():
    assert shown_badge("2026-11-20 16:50", "2026-11-23 12:00", "2026-11-21 16:50", is_attempted=True) == (
        OK, "Mon 12:00",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("not_before", "label"),
    [
        ("2026-11-24 13:00", "waits 13:00"),
        ("2026-11-25 08:00", "waits tomorrow 08:00"),
        ("2026-11-30 08:00", "waits Mon 08:00"),
    ],
)
def test_waiting_says_until_when(not_before, label):
    made = shown_badge("2026-11-24 10:12", "2026-11-24 09:00", not_before=local(not_before))
    assert made == (WAIT, label)


def test_a_wait_that_is_over_no_longer_hides_the_clock():
    assert shown_badge("2026-11-24 10:12", "2026-11-24 10:24", not_before=local("2026-11-24 10:12")) == (
        URGENT, "12 min left",
    )  # fmt: skip


def test_no_due_time_is_said():
    now = local("2026-11-24 10:12")
    made = badge(None, now, now, RIVERSIDE)
    assert (made.kind, made.label) == (URGENT, "no callable time in 21 days")


def test_time_left_is_time_in_which_the_caller_can_be_called():
    now, due = local("2026-11-24 10:12"), local("2026-11-24 11:20")
    assert badge(due, due, now, RIVERSIDE, (LOS_ANGELES,)).label == "20 min left, due 11:20"


_COMPLETE = re.compile(
    r"(\d+ min|\d+ h( \d\d)?) left(, due .*\d\d:\d\d)?|due (now|.*\d\d:\d\d)|overdue \d+ (min|h( \d\d)?|days)"
    r"|promise cannot be kept: due .*\d\d:\d\d|no callable time in 21 days|(today|tomorrow|\w{3}( \d+ \w{3})?) \d\d:\d\d"
)


@settings(max_examples=100, deadline=None)
@given(instants, instants, calendars(), zones_of_callers)
def test_every_label_is_complete_in_words(received, now, calendar, zones):
    made = compute_promise(received, calendar, zones, PreferredWindow.ANY, Urgency.ROUTINE)
    for at in (received, now, made.due_at or now):
        shown = badge(made.due_at, made.promised_by, at, calendar, zones)
        assert _COMPLETE.fullmatch(shown.label), shown.label
        is_overdue = made.due_at is not None and at > made.due_at
        assert shown.label.startswith("overdue") == is_overdue
        if PromiseFlag.PROMISE_UNKEEPABLE in made.flags and not is_overdue and made.due_at is not None:
            assert shown.kind in {RISK, URGENT}
