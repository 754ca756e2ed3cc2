"""Open and callable time: lunch, closures, midnight, clock changes, zones, and no instant on the wrong side."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from callbacks.scheduling.hours import (
    HORIZON,
    ClinicCalendar,
    ClosedDays,
    Period,
    advance_callable,
    callable_intervals,
    callable_minutes_between,
    callable_time_between,
    closes_at,
    is_callable,
    is_open,
    next_callable,
    next_opening,
    open_intervals,
)
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
    zones_of_callers,
)


def clinic(*texts, zone=NEW_YORK, **more):
    periods = tuple(Period.parse(text) for text in texts)
    return ClinicCalendar(zone=zone, weekly=dict.fromkeys(range(7), periods), **more)


def open_on(calendar, day):
    """What the clocks show at the edges of the open time between two local midnights."""
    start = local(f"{day} 00:00", calendar.zone)
    spans = open_intervals(calendar, start, start + timedelta(days=1))
    return [
        f"{span.start.astimezone(calendar.zone):%H:%M}-{span.end.astimezone(calendar.zone):%H:%M}" for span in spans
    ]


@pytest.mark.parametrize(
    "text", ["8:00-12:00", "08:00", "08:60-09:00", "24:00-01:00", "08:00-24:15", "08:00-08:00", ""]
)
def test_a_period_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError, match="period"):
        Period.parse(text)


def test_closed_days_run_forward():
    with pytest.raises(ValueError, match="last closed day"):
        ClosedDays(date(2026, 11, 27), date(2026, 11, 26))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-24", ["08:00-12:00", "13:00-17:00"]),
        ("2026-11-22", []),
        ("2026-11-26", []),
        ("2026-11-27", []),
        ("2026-11-30", ["08:00-12:00", "13:00-17:00"]),
    ],
)
def test_lunch_weekend_and_holidays_are_closed(day, expected):
    assert open_on(RIVERSIDE, day) == expected


def test_a_special_day_wins_over_a_closure_and_the_weekday():
    thanksgiving, black_friday, saturday = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)
    calendar = ClinicCalendar(
        zone=NEW_YORK,
        weekly=RIVERSIDE.weekly,
        closures=RIVERSIDE.closures,
        special_days={black_friday: (Period.parse("09:00-11:00"),), saturday: (Period.parse("10:00-12:00"),)},
    )
    assert open_on(calendar, thanksgiving) == []
    assert open_on(calendar, black_friday) == ["09:00-11:00"]
    assert open_on(calendar, saturday) == ["10:00-12:00"]


def test_a_special_day_without_periods_is_closed():
    calendar = clinic("08:00-12:00", special_days={date(2026, 12, 24): ()})
    assert open_on(calendar, "2026-12-24") == []
    assert open_on(calendar, "2026-12-23") == ["08:00-12:00"]


def test_closing_at_24_is_the_next_midnight_and_not_a_minute_before():
    calendar = clinic("17:00-24:00")
    start = local("2026-07-01 12:00")
    (span,) = open_intervals(calendar, start, start + timedelta(hours=12))
    assert shown(span.end) == "Thu 2026-07-02 00:00"
    assert is_open(calendar, local("2026-07-01 23:59"))
    assert not is_open(calendar, local("2026-07-02 00:00"))


def test_a_period_over_midnight_is_one_stretch_and_belongs_to_its_first_day():
    calendar = ClinicCalendar(zone=NEW_YORK, weekly={4: (Period.parse("22:00-02:00"),)})
    spans = list(open_intervals(calendar, local("2026-07-03 00:00"), local("2026-07-06 00:00")))
    assert [(shown(span.start), shown(span.end)) for span in spans] == [
        ("Fri 2026-07-03 22:00", "Sat 2026-07-04 02:00")
    ]
    # Asked in the middle of the night, yesterday's period is still found.
    assert shown(closes_at(calendar, local("2026-07-04 01:00"))) == "Sat 2026-07-04 02:00"


def test_touching_and_overlapping_periods_are_one():
    assert open_on(clinic("13:00-17:00", "08:00-12:00", "12:00-13:30"), "2026-07-01") == ["08:00-17:00"]


@pytest.mark.parametrize(("day", "hours"), [("2027-03-14", 23), ("2026-11-01", 25), ("2026-11-02", 24)])
def test_a_whole_day_is_as_long_as_the_clock_change_makes_it(day, hours):
    start = local(f"{day} 00:00")
    spans = list(open_intervals(ALWAYS_OPEN, start, local(f"{day} 00:00") + timedelta(hours=hours)))
    assert [span.duration for span in spans] == [timedelta(hours=hours)]
    assert shown(spans[0].end)[-5:] == "00:00"


def test_a_period_inside_the_skipped_hour_moves_forward_and_one_around_it_shrinks():
    assert open_on(clinic("02:30-04:00"), "2027-03-14") == ["03:30-04:00"]
    assert open_on(clinic("02:30-03:15"), "2027-03-14") == []


def test_hours_of_the_clinic_stay_on_the_local_clock_over_both_changes():
    for day in ("2027-03-13", "2027-03-14", "2026-10-31", "2026-11-01"):
        assert open_on(clinic("08:00-12:00"), day) == ["08:00-12:00"]


def test_courtesy_hours_hold_in_the_clinics_zone_and_in_the_callers():
    start, end = local("2026-07-01 00:00"), local("2026-07-02 00:00")
    assert [
        (shown(span.start)[-5:], shown(span.end)[-5:]) for span in callable_intervals(ALWAYS_OPEN, start, end)
    ] == [("08:00", "20:00")]
    (westerner,) = callable_intervals(ALWAYS_OPEN, start, end, (LOS_ANGELES,))
    assert (shown(westerner.start)[-5:], shown(westerner.end)[-5:]) == ("11:00", "20:00")
    (islander,) = callable_intervals(ALWAYS_OPEN, start, end, (ANCHORAGE, ADAK))
    assert (shown(islander.start)[-5:], shown(islander.end)[-5:]) == ("13:00", "20:00")


def test_a_caller_across_the_date_line_is_called_in_the_shared_hours():
    tokyo = ZoneInfo("Asia/Tokyo")
    start, end = local("2026-07-01 00:00"), local("2026-07-03 00:00")
    spans = list(callable_intervals(ALWAYS_OPEN, start, end, (tokyo,)))
    # 19:00-20:00 in New York is 08:00-09:00 the next day in Tokyo, and no other hour is daytime in both.
    assert [(shown(span.start), shown(span.end)) for span in spans] == [
        ("Wed 2026-07-01 19:00", "Wed 2026-07-01 20:00"),
        ("Thu 2026-07-02 19:00", "Thu 2026-07-02 20:00"),
    ]


def test_opening_and_closing_as_the_header_says_them():
    friday_noon = local("2026-11-20 11:59")
    assert is_open(RIVERSIDE, friday_noon)
    assert shown(closes_at(RIVERSIDE, friday_noon)) == "Fri 2026-11-20 12:00"
    assert shown(next_opening(RIVERSIDE, friday_noon)) == "Fri 2026-11-20 13:00"
    assert closes_at(RIVERSIDE, local("2026-11-20 12:00")) is None
    assert shown(next_opening(RIVERSIDE, local("2026-11-25 17:00"))) == "Mon 2026-11-30 08:00"
    assert shown(next_opening(RIVERSIDE, local("2026-11-24 08:00"))) == "Tue 2026-11-24 13:00"


def test_a_clinic_without_hours_has_no_opening():
    at = local("2026-11-20 11:59")
    assert next_opening(NEVER_OPEN, at) is None
    assert next_callable(NEVER_OPEN, at) is None
    assert advance_callable(NEVER_OPEN, at, minutes(1)) is None


def test_a_clinic_that_never_closes_has_no_next_opening():
    at = local("2026-11-20 11:59")
    assert is_open(ALWAYS_OPEN, at)
    assert next_opening(ALWAYS_OPEN, at) is None
    assert closes_at(ALWAYS_OPEN, at) == at + HORIZON


def test_an_opening_beyond_21_days_is_not_found():
    at = local("2026-11-02 12:00")
    shut = ClinicCalendar(
        zone=NEW_YORK, weekly=RIVERSIDE.weekly, closures=(ClosedDays(date(2026, 11, 1), date(2026, 11, 23)),)
    )
    assert next_callable(shut, at) is None
    assert shown(next_callable(shut, at + timedelta(days=1))) == "Tue 2026-11-24 08:00"


def test_callable_minutes_skip_lunch_and_night():
    assert callable_minutes_between(RIVERSIDE, local("2026-11-24 11:50"), local("2026-11-24 13:20")) == 30
    assert callable_minutes_between(RIVERSIDE, local("2026-11-24 16:30"), local("2026-11-25 08:15")) == 45
    assert callable_minutes_between(RIVERSIDE, local("2026-11-25 08:15"), local("2026-11-24 16:30")) == 0


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-11-24 11:50", 30, "Tue 2026-11-24 13:20"),
        ("2026-11-24 11:30", 30, "Tue 2026-11-24 12:00"),
        ("2026-11-24 16:30", 120, "Wed 2026-11-25 09:30"),
        ("2026-11-25 16:30", 31, "Mon 2026-11-30 08:01"),
        ("2026-11-28 03:00", 0, "Sat 2026-11-28 03:00"),
    ],
)
def test_advancing_runs_only_in_callable_time(start, amount, expected):
    assert shown(advance_callable(RIVERSIDE, local(start), minutes(amount))) == expected


def test_advancing_backwards_is_refused():
    with pytest.raises(ValueError, match="forward"):
        advance_callable(RIVERSIDE, local("2026-11-24 11:50"), minutes(-1))


def test_naive_instants_are_refused():
    naive = datetime(2026, 11, 24, 11, 50)
    for ask in (is_open, is_callable, next_opening, next_callable, closes_at):
        with pytest.raises(ValueError, match="time zone"):
            ask(RIVERSIDE, naive)


@settings(max_examples=100, deadline=None)
@given(calendars(), instants, st.integers(0, 10 * 24 * 60), zones_of_callers)
def test_intervals_are_ordered_disjoint_within_bounds_and_in_utc(calendar, start, length, zones):
    end = start + minutes(length)
    spans = list(callable_intervals(calendar, start, end, zones))
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(start <= edge <= end and edge.tzinfo is UTC for edge in edges)


@settings(max_examples=150, deadline=None)
@given(calendars(), instants, zones_of_callers)
def test_being_callable_is_being_open_at_a_courteous_hour_everywhere(calendar, at, zones):
    courteous = all(8 <= at.astimezone(zone).hour < 20 for zone in {calendar.zone, *zones})
    assert is_callable(calendar, at, zones) == (is_open(calendar, at) and courteous)


def _is_open_by_the_wall_clock(calendar, at):
    """The slow reading of the same rules, fit for days without a clock change: look at the wall clock."""
    here = at.astimezone(calendar.zone)
    minute = here.hour * 60 + here.minute
    for period in calendar.periods_on(here.date()):
        runs_over = period.closes_minute <= period.opens_minute
        if period.opens_minute <= minute and (runs_over or minute < period.closes_minute):
            return True
    return any(
        period.closes_minute <= period.opens_minute and minute < period.closes_minute
        for period in calendar.periods_on(here.date() - timedelta(days=1))
    )


@settings(max_examples=250, deadline=None)
@given(calendars(), instants)
def test_open_time_agrees_with_the_wall_clock(calendar, at):
    offsets = {(at + timedelta(hours=hours)).astimezone(calendar.zone).utcoffset() for hours in range(-49, 26)}
    if len(offsets) == 1:
        assert is_open(calendar, at) == _is_open_by_the_wall_clock(calendar, at)


@settings(max_examples=100, deadline=None)
@given(calendars(), instants, st.integers(1, 3000), zones_of_callers)
def test_advancing_and_measuring_are_inverse(calendar, start, amount, zones):
    reached = advance_callable(calendar, start, minutes(amount), zones)
    if reached is None:
        assert callable_time_between(calendar, start, start + HORIZON, zones) < minutes(amount)
    else:
        assert callable_time_between(calendar, start, reached, zones) == minutes(amount)
        # The first such instant: just before it, less has passed.
        assert callable_time_between(calendar, start, reached - timedelta.resolution, zones) < minutes(amount)
