"""The order of the queue: every group, why it is first, and when that changes by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from callbacks.scheduling.due import PreferredWindow, PromiseFlag, Urgency, compute_promise
from callbacks.scheduling.hours import ClinicCalendar, Period
from callbacks.scheduling.priority import Group, PriorityFacts, priority, slack_minutes, sort_key
from callbacks.states import Status, WaitReason
from tests.callbacks.scheduling.clinics import (
    ADAK,
    ALWAYS_OPEN,
    ANCHORAGE,
    LOS_ANGELES,
    NEVER_OPEN,
    NEW_YORK,
    RIVERSIDE,
    calendars,
    instants,
    local,
    minutes,
    shown,
    windows,
    zones_of_callers,
)

ANY, MORNING, AFTERNOON, EVENING = PreferredWindow
TUE, WED = "2026-11-17", "2026-11-18"


def facts(due=f"{WED} 10:00", **changes):
    plain = PriorityFacts(
        status=Status.OPEN,
        urgency=Urgency.ROUTINE,
        due_at=due and local(due),
        preferred_window=ANY,
        is_window_unavailable=False,
        is_attempted=False,
        is_reached=False,
        attempts_made=0,
        attempts_max=4,
    )
    return replace(plain, **changes)


RETRYING = {
    "is_attempted": True, "attempts_made": 1, "wait_reason": WaitReason.RETRY,
    "not_before": local(f"{TUE} 13:00"), "target_from": local(f"{TUE} 13:00"), "target_to": local(f"{TUE} 17:00"),
}  # fmt: skip
AGREED = {"wait_reason": WaitReason.AGREED, "not_before": local(f"{TUE} 14:30")}

# Facts, now: group, window on, slack, why, next change.
TABLE = [
    (facts(urgency=Urgency.URGENT), f"{TUE} 10:00", 0, True, 360 + 120, "Urgent words from the caller, not yet reached", None),
    # A preference does not delay the urgent.
    (
        facts(urgency=Urgency.URGENT, preferred_window=EVENING), f"{TUE} 10:00",
        0, True, 480, "Urgent words from the caller, not yet reached", None,
    ),
    (
        facts(urgency=Urgency.URGENT, is_attempted=True), f"{TUE} 10:00",
        0, True, 480, "Urgent words from the caller, not yet reached", None,
    ),
    (
        facts(urgency=Urgency.URGENT, is_attempted=True, is_reached=True, attempts_made=1), f"{TUE} 10:00",
        6, True, 480, "Retry, attempt 2 of 4", None,
    ),
    (facts(status=Status.ESCALATED), f"{TUE} 10:00", 0, True, 480, "Clinical concern, waits for the nurse", None),
    (
        facts(f"{TUE} 14:45", **AGREED, is_attempted=True, preferred_window=MORNING), f"{TUE} 14:30",
        1, True, 15, "Agreed time 14:30 is now", None,
    ),
    (
        facts(f"{TUE} 14:45", **AGREED, is_attempted=True), f"{TUE} 14:29",
        6, True, 16, "Waits until 14:30", f"Tue {TUE} 14:30",
    ),
    (facts(f"{TUE} 10:00"), f"{WED} 09:59", 4, True, -24 * 60 + 1, "First call, overdue", f"Wed {WED} 10:00"),
    (facts(f"{TUE} 10:00"), f"{WED} 10:00", 1, True, -24 * 60, "First call overdue for more than a day", None),
    # Two hours of calling before Wed 10:00 begin on Wed 08:00; as nothing is callable at night, they begin with it.
    (facts(), f"{TUE} 16:59", 3, True, 121, "First call", f"Tue {TUE} 17:00"),
    (facts(), f"{TUE} 17:00", 2, True, 120, "First call still savable before the promise", "Wed 2026-11-18 10:00"),
    (facts(), f"{WED} 10:00", 2, True, 0, "First call still savable before the promise", "Wed 2026-11-18 10:00"),
    (facts(f"{WED} 15:00"), f"{WED} 09:00", 3, True, 300, "First call", f"Wed {WED} 12:00"),
    (
        facts(f"{WED} 15:00", preferred_window=MORNING), f"{WED} 09:00",
        3, True, 300, "Asked for mornings: in the window now", f"Wed {WED} 12:00",
    ),
    (
        facts(f"{WED} 17:00", preferred_window=AFTERNOON, target_from=local(f"{WED} 13:00"), target_to=local(f"{WED} 17:00")),
        f"{WED} 09:00", 5, False, 420, "First call, window opens today 13:00", f"Wed {WED} 12:00",
    ),
    (
        facts(f"{WED} 17:00", preferred_window=MORNING, target_from=local(f"{WED} 08:00"), target_to=local(f"{WED} 12:00")),
        f"{WED} 13:30", 5, False, 210, "First call; asked for mornings", f"Wed {WED} 15:00",
    ),
    (
        facts(f"{WED} 17:00", preferred_window=EVENING, is_window_unavailable=True), f"{WED} 09:00",
        3, True, 420, "First call; asked for evenings, which calling hours do not reach", f"Wed {WED} 15:00",
    ),
    (facts(**RETRYING), f"{TUE} 10:00", 6, False, 480, "Waits until 13:00", f"Tue {TUE} 13:00"),
    (facts(**RETRYING), f"{TUE} 13:00", 6, True, 360, "Retry, attempt 2 of 4", f"Tue {TUE} 17:00"),
    (facts(**RETRYING), f"{WED} 08:00", 6, False, 120, "Retry, attempt 2 of 4", None),
    (
        facts(wait_reason=WaitReason.SNOOZE, not_before=local(f"{WED} 09:00")), f"{TUE} 16:00",
        3, True, 180, "Waits until tomorrow 09:00", f"Tue {TUE} 17:00",
    ),
    (facts(None), f"{TUE} 10:00", 3, True, None, "First call", None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "now", "group", "in_window", "slack", "why", "regroup"), TABLE)
def test_the_groups(row, now, group, in_window, slack, why, regroup):
    place = priority(row, local(now), RIVERSIDE)
    assert (place.group, place.in_window, place.slack_minutes, place.why) == (group, in_window, slack, why)
    assert shown(place.regroup_at) == (regroup or "never")


def test_due_itself_still_keeps_the_promise_and_the_next_moment_does_not():
    due = local(f"{WED} 10:00")
    place = priority(facts(), due, RIVERSIDE)
    assert place.group is Group.SAVABLE
    assert place.regroup_at == due + timedelta.resolution
    late = priority(facts(), place.regroup_at, RIVERSIDE)
    assert (late.group, late.slack_minutes) == (Group.FIRST_OVERDUE, -1)


def test_savable_starts_where_two_callable_hours_are_left_and_not_two_on_the_clock():
    # Due Wed 08:30: ninety of the two hours lie on Tuesday before 17:00.
    place = priority(facts(f"{WED} 08:30"), local(f"{TUE} 10:00"), RIVERSIDE)
    assert shown(place.regroup_at) == f"Tue {TUE} 15:30"


def test_a_caller_further_west_is_too_early_and_one_further_east_too_late():
    early = priority(facts(f"{TUE} 17:00"), local(f"{TUE} 09:12"), RIVERSIDE, (LOS_ANGELES,))
    assert early.why == "Too early to call: callable from 11:00"
    late = priority(facts(f"{WED} 17:00"), local(f"{TUE} 21:00"), ALWAYS_OPEN)
    assert late.why == "Too late to call today: callable from tomorrow 08:00"


def test_a_window_in_several_zones_is_on_while_it_is_on_in_all():
    asked = facts("2026-11-18 20:00", preferred_window=MORNING)
    zones = (ANCHORAGE, ADAK)
    # 13:00 in New York is 09:00 in Anchorage and 08:00 on Adak.
    before = priority(asked, local(f"{TUE} 12:30"), ALWAYS_OPEN, zones)
    assert (before.in_window, shown(before.regroup_at)) == (False, f"Tue {TUE} 13:00")
    assert priority(asked, local(f"{TUE} 13:00"), ALWAYS_OPEN, zones).in_window
    assert not priority(asked, local(f"{TUE} 16:00"), ALWAYS_OPEN, zones).in_window


def test_a_clinic_without_hours_still_has_an_order():
    assert priority(facts(None), local(f"{TUE} 10:00"), NEVER_OPEN).group is Group.FIRST_IN_WINDOW
    assert priority(facts(f"{WED} 10:00"), local(f"{TUE} 10:00"), NEVER_OPEN).group is Group.SAVABLE


def test_a_clinic_open_only_at_night_does_not_name_a_calling_hour():
    night = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(7), (Period.parse("21:00-06:00"),)))
    assert priority(facts(None), local(f"{TUE} 22:00"), night).why == "First call"


def test_a_due_time_months_away_is_looked_at_again():
    now = local(f"{TUE} 10:00")
    place = priority(facts("2027-02-17 10:00"), now, RIVERSIDE)
    assert place.group is Group.FIRST_IN_WINDOW
    assert place.regroup_at == now + timedelta(days=21)


def test_the_calling_order_is_group_window_due_received_id():
    now, received = local(f"{WED} 13:30"), local(f"{TUE} 14:00")
    agreed = {"wait_reason": WaitReason.AGREED, "not_before": local(f"{WED} 13:00"), "is_attempted": True}
    morning = {"preferred_window": MORNING}
    expected = [
        ("urgent", facts(f"{WED} 14:00", urgency=Urgency.URGENT), received),
        ("agreed", facts(f"{WED} 13:15", **agreed), received),
        ("savable", facts(f"{WED} 14:00"), received),
        ("in window, due first", facts(f"{WED} 16:50"), received),
        ("in window, received first", facts(f"{WED} 17:00"), received - minutes(1)),
        ("in window, a", facts(f"{WED} 17:00"), received),
        ("in window, b", facts(f"{WED} 17:00"), received),
        ("no due time", facts(None), received),
        ("overdue", facts(f"{WED} 12:00"), received),
        ("out of window", facts(f"{WED} 17:00", **morning), received),
        ("retry in its window", facts(is_attempted=True), received),
        ("retry after its window", facts(**RETRYING), received),
    ]
    keys = [sort_key(priority(row, now, RIVERSIDE), row.due_at, at, name) for name, row, at in expected]
    assert [key[-1] for key in sorted(keys)] == [name for name, _, _ in expected]


def test_slack_is_callable_before_due_and_on_the_clock_after():
    due = local("2026-11-20 17:00")
    assert slack_minutes(local("2026-11-20 11:30"), due, RIVERSIDE) == 270
    assert slack_minutes(due, due, RIVERSIDE) == 0
    assert slack_minutes(local("2026-11-20 17:35"), due, RIVERSIDE) == -35
    assert slack_minutes(local("2026-11-21 17:00"), due, RIVERSIDE) == -24 * 60
    assert slack_minutes(due, None, RIVERSIDE) is None


def test_naive_instants_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        priority(facts(), datetime(2026, 11, 17, 10), RIVERSIDE)


@st.composite
def stories(draw: st.DrawFn):
    """A callback at some moment of its life, with the calendar and zones it lives under."""
    calendar, zones, window = draw(calendars()), draw(zones_of_callers), draw(windows)
    received = draw(instants)
    made = compute_promise(received, calendar, zones, window, draw(st.sampled_from(Urgency)))
    now = received + minutes(draw(st.integers(0, 4 * 24 * 60)))
    wait = draw(st.sampled_from(WaitReason))
    is_attempted = draw(st.booleans())
    return (
        facts(
            None,
            status=draw(st.sampled_from([Status.OPEN, Status.OPEN, Status.NEEDS_REVIEW, Status.ESCALATED])),
            urgency=draw(st.sampled_from([Urgency.ROUTINE, Urgency.ROUTINE, Urgency.URGENT])),
            due_at=made.due_at,
            preferred_window=window,
            is_window_unavailable=PromiseFlag.PREFERRED_WINDOW_UNAVAILABLE in made.flags,
            is_attempted=is_attempted,
            is_reached=is_attempted and draw(st.booleans()),
            wait_reason=wait,
            not_before=None if wait is WaitReason.NONE else now + minutes(draw(st.integers(-600, 3000))),
            target_from=made.target_from,
            target_to=made.target_to,
        ),
        now, calendar, zones,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(stories(), st.floats(0, 1, exclude_max=True))
def test_nothing_changes_before_regroup_at(story, share):
    row, now, calendar, zones = story
    place = priority(row, now, calendar, zones)
    assert place.regroup_at is None or place.regroup_at > now
    until = place.regroup_at or now + timedelta(days=30)
    last = until - timedelta.resolution
    # Sharing out microseconds may round up to `until` itself.
    for later in (min(now + share * (until - now), last), last):
        again = priority(row, later, calendar, zones)
        assert (again.group, again.in_window) == (place.group, place.in_window)


@settings(max_examples=100, deadline=None)
@given(stories())
def test_following_regroup_at_comes_to_an_end_or_only_the_window_moves(story):
    row, now, calendar, zones = story
    groups = []
    for _ in range(40):
        place = priority(row, now, calendar, zones)
        groups.append(place.group)
        if place.regroup_at is None:
            break
        now = place.regroup_at
    settled = groups[-8:]
    assert place.regroup_at is None or len({*settled} - {Group.FIRST_IN_WINDOW, Group.FIRST_OUT_OF_WINDOW}) <= 1


@settings(max_examples=100, deadline=None)
@given(stories())
def test_every_row_says_why_without_loose_ends(story):
    row, now, calendar, zones = story
    why = priority(row, now, calendar, zones).why
    assert why[0].isupper()
    assert "None" not in why
    assert NEW_YORK.key not in why
