"""Stretches of time: never empty, joined where they touch, half-open."""

from datetime import timedelta

import pytest

from callbacks.scheduling.bands import COURTESY_HOURS, next_band_edge
from callbacks.scheduling.spans import Interval, clipped, elapse, joined, total
from tests.callbacks.scheduling.clinics import NEW_YORK, local, minutes, shown

NOON = local("2026-11-17 12:00")


def span(start, end):
    return Interval(NOON + minutes(start), NOON + minutes(end))


@pytest.mark.parametrize("length", [0, -1])
def test_an_empty_interval_is_refused(length):
    with pytest.raises(ValueError, match="ends after it starts"):
        span(0, length)


def test_an_interval_holds_its_start_and_not_its_end():
    assert NOON in span(0, 10)
    assert NOON + minutes(10) not in span(0, 10)


def test_touching_and_overlapping_spans_are_joined_and_others_are_not():
    spans = [span(0, 10), span(10, 20), span(15, 18), span(21, 30)]
    assert list(joined(spans)) == [span(0, 20), span(21, 30)]
    assert list(joined([])) == []


def test_clipping_keeps_what_lies_inside():
    spans = [span(0, 10), span(20, 30), span(40, 50)]
    assert list(clipped(spans, NOON + minutes(5), NOON + minutes(40))) == [span(5, 10), span(20, 30)]
    assert total(spans) == minutes(30)


def test_time_elapses_only_within_spans():
    spans = [span(0, 10), span(20, 30)]
    assert elapse(spans, minutes(10)) == NOON + minutes(10)
    assert elapse(spans, minutes(11)) == NOON + minutes(21)
    assert elapse(spans, minutes(21)) is None


def test_the_next_edge_may_be_tomorrows():
    after_hours = local("2026-11-17 20:00")
    assert shown(next_band_edge(after_hours, COURTESY_HOURS, [NEW_YORK])) == "Wed 2026-11-18 08:00"
    assert next_band_edge(after_hours - timedelta.resolution, COURTESY_HOURS, [NEW_YORK]) == after_hours
    assert next_band_edge(after_hours, COURTESY_HOURS, []) is None
