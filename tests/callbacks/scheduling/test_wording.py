"""Times and durations read as a receptionist says them."""

from datetime import timedelta

import pytest

from callbacks.scheduling import wording
from callbacks.scheduling.spans import Interval
from tests.callbacks.scheduling.clinics import NEW_YORK, local, minutes

NOW = local("2026-11-24 10:12")


@pytest.mark.parametrize(
    ("at", "day", "day_and_clock", "shortest"),
    [
        ("2026-11-24 15:30", "today", "today 15:30", "15:30"),
        ("2026-11-25 09:40", "Wed", "tomorrow 09:40", "tomorrow 09:40"),
        ("2026-11-23 09:40", "Mon", "Mon 09:40", "Mon 09:40"),
        ("2026-11-30 09:00", "Mon", "Mon 09:00", "Mon 09:00"),
        ("2026-12-01 09:00", "Tue 1 Dec", "Tue 1 Dec 09:00", "Tue 1 Dec 09:00"),
    ],
)
def test_days(at, day, day_and_clock, shortest):
    instant = local(at)
    assert wording.day(instant, NOW, NEW_YORK) == day
    assert wording.day_and_clock(instant, NOW, NEW_YORK) == day_and_clock
    assert wording.shortest_clock(instant, NOW, NEW_YORK) == shortest


def test_today_is_the_clinics_today():
    # 23:30 in New York is already tomorrow in UTC.
    assert wording.day(local("2026-11-24 23:30"), NOW, NEW_YORK) == "today"


def test_a_stretch_names_its_day_once():
    assert wording.stretch(Interval(local("2026-11-25 08:00"), local("2026-11-25 12:00")), NOW, NEW_YORK) == (
        "Wed 08:00-12:00"
    )


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (minutes(0.5), "0 min"),
        (minutes(12.9), "12 min"),
        (minutes(60), "1 h"),
        (minutes(65), "1 h 05"),
        (minutes(80), "1 h 20"),
        (timedelta(hours=47, minutes=59), "47 h 59"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=3, hours=23), "3 days"),
    ],
)
def test_durations(length, said):
    assert wording.duration(length) == said
