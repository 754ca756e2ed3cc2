"""Clock faces become instants, over both clock changes."""

from datetime import date, datetime

import pytest

from callbacks.scheduling.instants import at_local_minute, in_utc
from tests.callbacks.scheduling.clinics import NEW_YORK


@pytest.mark.parametrize(
    ("day", "minute", "utc"),
    [
        (date(2026, 7, 1), 8 * 60, "2026-07-01T12:00+00:00"),
        (date(2026, 12, 1), 8 * 60, "2026-12-01T13:00+00:00"),
        (date(2026, 12, 1), 24 * 60, "2026-12-02T05:00+00:00"),
        # Skipped in spring: 02:30 is 03:30 EDT.
        (date(2027, 3, 14), 2 * 60 + 30, "2027-03-14T07:30+00:00"),
        # Shown twice in autumn: the first one, still EDT.
        (date(2026, 11, 1), 60 + 30, "2026-11-01T05:30+00:00"),
        (date(2026, 11, 1), 2 * 60, "2026-11-01T07:00+00:00"),
    ],
)
def test_a_local_minute_is_one_instant(day, minute, utc):
    assert at_local_minute(day, minute, NEW_YORK) == datetime.fromisoformat(utc)


def test_the_skipped_half_past_two_is_half_past_three_in_summer_time():
    moved = at_local_minute(date(2027, 3, 14), 150, NEW_YORK).astimezone(NEW_YORK)
    assert f"{moved:%H:%M %Z}" == "03:30 EDT"


@pytest.mark.parametrize("minute", [-1, 1441])
def test_a_minute_outside_the_day_is_refused(minute):
    with pytest.raises(ValueError, match="between 0 and 1440"):
        at_local_minute(date(2026, 7, 1), minute, NEW_YORK)


def test_naive_instants_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        in_utc(datetime(2026, 7, 1, 8))
