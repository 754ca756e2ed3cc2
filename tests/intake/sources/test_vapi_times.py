"""Instants and durations in every unit VAPI uses, and none out of nonsense."""

from datetime import UTC, datetime

import pytest

from intake.sources.vapi.times import parse_duration, parse_instant

INSTANT = datetime(2026, 11, 22, 17, 0, 25, 410_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T17:00:25.410Z",
        "2026-11-22T12:00:25.410-05:00",
        "2026-11-22T17:00:25.410",
        1795366825410,
        1795366825.41,
    ],
)
def test_instants_come_as_text_seconds_or_milliseconds(value):
    assert parse_instant(value) == INSTANT


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "1999-12-31T23:59:59Z",
        "2026-11-22T17:00:25Z" + " " * 30,
        "\ud800",
        0,
        -1,
        True,
        1e300,
        float("inf"),
        float("nan"),
        pytest.param(10**4000, id="huge"),
        9e14,
        [],
        {},
    ],
)
def test_what_is_no_instant_of_this_century_is_none(value):
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    ("seconds", "milliseconds", "expected"),
    [
        (24.2, None, 24),
        (None, 24_200, 24),
        (24.2, 99_000, 24),
        ("24", 31_000, 31),
        (0, None, 0),
        (-1, None, None),
        (86_401, None, None),
        (float("inf"), None, None),
        (True, None, None),
        (None, None, None),
        ("\ufffd", "\ufffd", None),
    ],
)
def test_durations_are_whole_seconds_within_a_day(seconds, milliseconds, expected):
    assert parse_duration(seconds, milliseconds) == expected
