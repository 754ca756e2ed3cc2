"""Promises: the measured vectors of the specification, the edge cases of time, and what must hold for any clinic."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings, strategies as st

from callbacks.scheduling.due import PreferredWindow, PromiseFlag, Urgency, clinical_due_at, compute_promise
from callbacks.scheduling.hours import (
    HORIZON,
    ClinicCalendar,
    ClosedDays,
    Period,
    callable_intervals,
    callable_time_between,
    is_callable,
    next_callable,
)
from tests.callbacks.scheduling.clinics import (
    ALWAYS_OPEN,
    ANCHORAGE,
    DAY,
    LOS_ANGELES,
    NEVER_OPEN,
    NEW_YORK,
    RIVERSIDE,
    calendars,
    instants,
    local,
    minutes,
    periods,
    shown,
    windows,
    zones_of_callers,
)

ANY, MORNING, AFTERNOON, EVENING = PreferredWindow
UNKEEPABLE, WHILE_CLOSED, NO_WINDOW, NO_TIME = PromiseFlag
urgencies = st.sampled_from(Urgency)


def promise(received, window=ANY, urgency=Urgency.ROUTINE, zones=(), calendar=RIVERSIDE):
    return compute_promise(local(received), calendar, zones, window, urgency)


# Received, window, caller's zones: due, target (from, to), flags. 2026-11-24 is a Tuesday; 26 and 27 are closed.
VECTORS = [
    ("2026-11-17 10:00", ANY, (), "Wed 2026-11-18 10:00", None, set()),
    ("2026-11-17 21:30", MORNING, (), "Wed 2026-11-18 17:00", ("Wed 2026-11-18 08:00", "Wed 2026-11-18 12:00"), set()),
    ("2026-11-20 16:50", ANY, (), "Mon 2026-11-23 09:00", None, {UNKEEPABLE}),
    ("2026-11-20 14:00", ANY, (), "Fri 2026-11-20 17:00", None, set()),
    ("2026-11-21 11:00", ANY, (), "Mon 2026-11-23 09:00", None, {UNKEEPABLE}),
    ("2026-11-25 16:00", ANY, (), "Wed 2026-11-25 17:00", None, set()),
    ("2026-11-25 17:30", ANY, (), "Mon 2026-11-30 09:00", None, {UNKEEPABLE}),
    (
        "2026-11-17 09:00", MORNING, (LOS_ANGELES,),
        "Tue 2026-11-17 17:00", ("Tue 2026-11-17 11:00", "Tue 2026-11-17 12:00"), set(),
    ),
    ("2026-10-31 14:30", ANY, (), "Mon 2026-11-02 09:00", None, {UNKEEPABLE}),
]  # fmt: skip


@pytest.mark.parametrize(("received", "window", "zones", "due", "target", "flags"), VECTORS)
def test_the_vectors_of_the_specification(received, window, zones, due, target, flags):
    made = promise(received, window, zones=zones)
    assert shown(made.due_at) == due
    assert (shown(made.target_from), shown(made.target_to)) == (target or ("never", "never"))
    assert made.flags == flags


@pytest.mark.parametrize(
    ("received", "due", "flags"),
    [
        ("2026-11-17 11:50", "Tue 2026-11-17 13:20", set()),
        ("2026-11-21 22:00", "Mon 2026-11-23 08:30", {UNKEEPABLE, WHILE_CLOSED}),
        ("2026-11-17 16:58", "Wed 2026-11-18 08:28", set()),
        ("2026-11-17 16:30", "Tue 2026-11-17 17:00", set()),
        ("2026-11-17 12:30", "Tue 2026-11-17 13:30", {WHILE_CLOSED}),
        ("2026-11-17 17:00", "Wed 2026-11-18 08:30", {WHILE_CLOSED}),
    ],
)
def test_urgent_is_due_when_thirty_callable_minutes_have_passed(received, due, flags):
    made = promise(received, urgency=Urgency.URGENT)
    assert shown(made.due_at) == due
    assert made.flags == flags


def test_the_promise_is_24_elapsed_hours_over_both_clock_changes():
    assert shown(promise("2026-10-31 14:30").promised_by) == "Sun 2026-11-01 13:30"
    assert shown(promise("2027-03-13 14:30").promised_by) == "Sun 2027-03-14 15:30"


def test_24_elapsed_hours_hold_for_an_instant_given_in_local_time():
    received = datetime(2026, 10, 31, 14, 30, tzinfo=NEW_YORK)
    made = compute_promise(received, RIVERSIDE, (), ANY, Urgency.ROUTINE)
    assert made.promised_by == received.astimezone(UTC) + timedelta(hours=24)
    assert made.promised_by.tzinfo is UTC


@pytest.mark.parametrize(
    ("received", "promised", "due"),
    [
        ("2026-11-17 00:00", "Wed 2026-11-18 00:00", "Tue 2026-11-17 17:00"),
        ("2026-11-17 12:30", "Wed 2026-11-18 12:30", "Wed 2026-11-18 12:00"),
        ("2026-11-17 17:00", "Wed 2026-11-18 17:00", "Wed 2026-11-18 17:00"),
        ("2026-11-17 08:00", "Wed 2026-11-18 08:00", "Tue 2026-11-17 17:00"),
    ],
)
def test_midnight_lunch_opening_and_closing_are_plain_instants(received, promised, due):
    made = promise(received)
    assert (shown(made.promised_by), shown(made.due_at), made.flags) == (promised, due, frozenset())


def test_exactly_thirty_callable_minutes_can_keep_a_promise_and_less_cannot():
    assert promise("2026-11-20 16:30").flags == frozenset()
    made = promise("2026-11-20 16:31")
    assert (shown(made.due_at), made.flags) == ("Mon 2026-11-23 09:00", {UNKEEPABLE})


def test_the_grace_after_an_unkeepable_promise_runs_in_callable_time():
    short_morning = ClinicCalendar(
        zone=NEW_YORK, weekly={0: (Period.parse("08:00-08:20"), Period.parse("13:00-17:00"))}
    )
    assert shown(promise("2026-11-20 16:50", calendar=short_morning).due_at) == "Mon 2026-11-23 13:40"


def test_an_evening_that_the_clinic_never_opens_is_said_to_be_unavailable():
    made = promise("2026-11-17 10:00", EVENING)
    assert made.target_from is made.target_to is None
    assert made.flags == {NO_WINDOW}


def test_a_target_lasts_fifteen_minutes_at_least():
    # Ten minutes of this morning are left: tomorrow's it is.
    assert promise("2026-11-17 11:50", MORNING).target_from == local("2026-11-18 08:00")
    assert promise("2026-11-16 08:10", MORNING).target_from == local("2026-11-16 08:10")


@pytest.mark.parametrize(("opens", "flags"), [("11:45-17:00", set()), ("11:46-17:00", {NO_WINDOW})])
def test_a_quarter_of_an_hour_is_enough_to_aim_at(opens, flags):
    short = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(5), (Period.parse(opens),)))
    assert promise("2026-11-17 10:00", MORNING, calendar=short).flags == flags


def test_an_unkeepable_promise_still_aims_at_the_asked_window():
    made = promise("2026-11-21 11:00", MORNING)
    assert (shown(made.target_from), shown(made.target_to)) == ("Mon 2026-11-23 08:00", "Mon 2026-11-23 09:00")


def test_a_window_is_read_in_every_zone_the_caller_may_be_in():
    made = promise("2026-11-17 07:00", MORNING, zones=(NEW_YORK, LOS_ANGELES), calendar=ALWAYS_OPEN)
    assert (shown(made.target_from), shown(made.target_to)) == ("Tue 2026-11-17 11:00", "Tue 2026-11-17 12:00")
    apart = promise("2026-11-17 07:00", MORNING, zones=(NEW_YORK, ANCHORAGE), calendar=ALWAYS_OPEN)
    assert apart.flags == {NO_WINDOW}


def test_a_window_is_the_callers_and_not_the_clinics():
    made = promise("2026-11-17 07:00", MORNING, zones=(LOS_ANGELES,), calendar=ALWAYS_OPEN)
    assert (shown(made.target_from), shown(made.target_to)) == ("Tue 2026-11-17 11:00", "Tue 2026-11-17 15:00")


def test_a_clinic_without_hours_has_no_due_time_and_says_so():
    made = promise("2026-11-17 10:00", MORNING, Urgency.URGENT, calendar=NEVER_OPEN)
    assert (made.due_at, made.target_from, made.target_to) == (None, None, None)
    assert made.flags == {NO_TIME, UNKEEPABLE, WHILE_CLOSED}


def test_a_caller_whose_day_never_meets_the_clinics_has_no_due_time():
    night = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(7), (Period.parse("21:00-06:00"),)))
    assert NO_TIME in promise("2026-11-17 10:00", calendar=night).flags
    morning = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(7), (Period.parse("08:00-12:00"),)))
    assert NO_TIME in promise("2026-11-17 10:00", zones=(ZoneInfo("Pacific/Honolulu"),), calendar=morning).flags


def test_twenty_days_shut_is_a_long_wait_and_a_month_is_no_callable_time():
    def shut_until(last):
        return replace(RIVERSIDE, closures=(ClosedDays(date(2026, 12, 1), last),))

    assert shown(promise("2026-12-01 10:00", calendar=shut_until(date(2026, 12, 20))).due_at) == "Mon 2026-12-21 09:00"
    assert promise("2026-12-01 10:00", calendar=shut_until(date(2026, 12, 31))).flags == {NO_TIME, UNKEEPABLE}


def test_less_time_than_needed_within_the_horizon_is_due_at_its_end():
    once = ClinicCalendar(zone=NEW_YORK, weekly={}, special_days={date(2026, 12, 1): (Period.parse("09:00-09:20"),)})
    assert shown(promise("2026-11-20 10:00", calendar=once).due_at) == "Tue 2026-12-01 09:20"
    assert shown(promise("2026-11-20 10:00", urgency=Urgency.URGENT, calendar=once).due_at) == "Tue 2026-12-01 09:20"
    # Ten minutes now and nothing after: not a fair chance, but the only one.
    tonight = ClinicCalendar(
        zone=NEW_YORK, weekly={}, special_days={date(2026, 11, 20): (Period.parse("09:00-10:10"),)}
    )
    made = promise("2026-11-20 10:00", calendar=tonight)
    assert (shown(made.due_at), made.flags) == ("Fri 2026-11-20 10:10", {UNKEEPABLE})


def test_a_closure_added_later_moves_due_and_never_the_promise():
    before = promise("2026-11-17 10:00")
    shut = replace(RIVERSIDE, closures=(*RIVERSIDE.closures, ClosedDays(date(2026, 11, 18), date(2026, 11, 18))))
    after = promise("2026-11-17 10:00", calendar=shut)
    assert (shown(before.due_at), shown(after.due_at)) == ("Wed 2026-11-18 10:00", "Tue 2026-11-17 17:00")
    assert before.promised_by == after.promised_by


def test_a_clinic_that_moves_to_another_zone_keeps_the_promise_and_moves_due():
    moved = promise("2026-11-17 10:00", calendar=replace(RIVERSIDE, zone=LOS_ANGELES))
    assert moved.promised_by == promise("2026-11-17 10:00").promised_by
    # 24 h later it is 07:00 there: the last open moment was the day before at 17:00 Pacific.
    assert shown(moved.due_at, LOS_ANGELES) == "Tue 2026-11-17 17:00"


def test_a_period_over_midnight_ends_where_courtesy_does():
    late = ClinicCalendar(zone=NEW_YORK, weekly={1: (Period.parse("18:00-02:00"),)})
    assert shown(promise("2026-11-17 10:00", calendar=late).due_at) == "Tue 2026-11-17 20:00"


def test_naive_instants_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        compute_promise(datetime(2026, 11, 17, 10), RIVERSIDE, (), ANY, Urgency.ROUTINE)


def test_the_nurse_has_fifteen_open_minutes():
    assert clinical_due_at(local("2026-11-17 11:50"), RIVERSIDE) == local("2026-11-17 13:05")
    assert clinical_due_at(local("2026-11-17 11:50"), NEVER_OPEN) is None


@settings(max_examples=150, deadline=None)
@given(instants, calendars(), zones_of_callers, windows, urgencies)
def test_what_holds_for_every_promise(received, calendar, zones, window, urgency):
    made = compute_promise(received, calendar, zones, window, urgency)
    assert made.promised_by == received + timedelta(hours=24)
    assert (made.due_at is None) == (NO_TIME in made.flags)
    assert (made.target_from is None) == (made.target_to is None)
    if made.due_at is None:
        assert next_callable(calendar, received, zones) is None
        return
    assert made.due_at > received
    # The last instant of callable time, or one inside it: just before it a call can be made.
    assert is_callable(calendar, made.due_at - timedelta.resolution, zones)
    if UNKEEPABLE not in made.flags:
        assert made.due_at <= made.promised_by
        assert callable_time_between(calendar, received, made.promised_by, zones) >= minutes(30)
    elif callable_time_between(calendar, made.promised_by, received + HORIZON, zones):
        assert made.due_at > made.promised_by or urgency is Urgency.URGENT
    if made.target_from is not None and made.target_to is not None:
        assert received <= made.target_from < made.target_to <= made.due_at
        assert made.target_to - made.target_from >= minutes(15)
        assert is_callable(calendar, made.target_from, zones)
    else:
        assert (NO_WINDOW in made.flags) == (window is not ANY)


@settings(max_examples=150, deadline=None)
@given(instants, calendars(), zones_of_callers, urgencies, st.integers(0, 6), periods())
def test_more_hours_never_break_a_promise(received, calendar, zones, urgency, weekday, more):
    plain = replace(calendar, closures=(), special_days={})
    longer = replace(plain, weekly={**plain.weekly, weekday: (*plain.weekly.get(weekday, ()), more)})
    before = compute_promise(received, plain, zones, ANY, urgency)
    after = compute_promise(received, longer, zones, ANY, urgency)
    assert before.due_at is None or after.due_at is not None
    if UNKEEPABLE in before.flags:
        return
    assert UNKEEPABLE not in after.flags
    assert before.due_at is not None
    assert after.due_at is not None
    if urgency is Urgency.URGENT:
        assert after.due_at <= before.due_at
    else:
        assert before.due_at <= after.due_at <= after.promised_by


@settings(max_examples=100, deadline=None)
@given(instants, calendars(), zones_of_callers, st.integers(0, 6), periods())
def test_more_hours_never_make_an_unkeepable_promise_later(received, calendar, zones, weekday, more):
    plain = replace(calendar, closures=(), special_days={})
    longer = replace(plain, weekly={**plain.weekly, weekday: (*plain.weekly.get(weekday, ()), more)})
    before = compute_promise(received, plain, zones, ANY, Urgency.ROUTINE)
    after = compute_promise(received, longer, zones, ANY, Urgency.ROUTINE)
    assume(before.due_at is not None and before.due_at > before.promised_by)
    assert before.due_at is not None
    assert after.due_at is not None
    assert after.due_at <= before.due_at


@settings(max_examples=60, deadline=None)
@given(instants, zones_of_callers)
def test_a_weekday_clinic_keeps_every_promise_made_on_a_monday_to_thursday(received, zones):
    plain = ClinicCalendar(zone=NEW_YORK, weekly=dict.fromkeys(range(5), DAY))
    assume(received.astimezone(NEW_YORK).weekday() < 4)
    made = compute_promise(received, plain, zones, ANY, Urgency.ROUTINE)
    assert UNKEEPABLE not in made.flags
    assert made.due_at == max(span.end for span in callable_intervals(plain, received, made.promised_by, zones))
