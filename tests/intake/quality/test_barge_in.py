"""Interruptions, coughs and networks, from instants alone: the article's cases, and whatever order they come in."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from intake.quality.barge_in import Network, Signal, Speech, measure_call
from tests.cast import OPEN_TUESDAY

BEGAN, PAUSED, INTERRUPTED = Speech.CALLER_BEGAN, Speech.CALLER_PAUSED, Speech.INTERRUPTED


def signal(milliseconds, speech):
    return Signal(speech, OPEN_TUESDAY + timedelta(milliseconds=milliseconds))


def measured(*told):
    """The call's quality, whatever order its signals came in."""
    signals = [signal(*one) for one in told]
    found = measure_call(signals)
    assert measure_call(reversed(signals)) == found == measure_call([*signals, *signals])
    return found


def interruptions(*gaps, detection):
    """So many interruptions, this far apart, each noticed after so long."""
    told, at = [], 0
    for gap in (0, *gaps):
        at += gap
        told += [(at, BEGAN), (at + detection, INTERRUPTED), (at + 900, PAUSED)]
    return told


class TestInterruptions:
    def test_one_is_measured_from_where_the_caller_began(self):
        found = measured((0, Speech.ASSISTANT_BEGAN), (5000, BEGAN), (5180, INTERRUPTED), (6000, PAUSED))
        (one,) = found.interruptions
        assert (one.at, one.detection, one.repeats) == (
            signal(5180, INTERRUPTED).at,
            timedelta(milliseconds=180),
            0,
        )

    def test_the_articles_log_says_180_ms(self):
        """It tells of the assistant's voice only: 14:32:01.120 started, 14:32:01.300 interrupted."""
        assert measured((120, Speech.ASSISTANT_BEGAN), (300, INTERRUPTED)).detections_ms == [180]

    def test_no_wait_actually_yes_is_one(self):
        found = measured((0, BEGAN), (200, INTERRUPTED), (460, INTERRUPTED), (720, INTERRUPTED), (1500, PAUSED))
        assert [(one.repeats, one.detection) for one in found.interruptions] == [(2, timedelta(milliseconds=200))]

    @pytest.mark.parametrize(("gap", "count"), [(299, 1), (300, 2)])
    def test_the_window_is_300_ms(self, gap, count):
        found = measured((0, BEGAN), (200, INTERRUPTED), (200 + gap, INTERRUPTED), (1500, PAUSED))
        assert len(found.interruptions) == count

    @pytest.mark.parametrize(("lasted", "coughs", "count"), [(149, 1, 0), (150, 0, 1)])
    def test_less_than_150_ms_of_speech_is_a_cough(self, lasted, coughs, count):
        found = measured((0, BEGAN), (100, INTERRUPTED), (lasted, PAUSED))
        assert (found.coughs, len(found.interruptions)) == (coughs, count)

    def test_a_cough_told_twice_is_one(self):
        found = measured((0, BEGAN), (100, INTERRUPTED), (120, PAUSED), (350, INTERRUPTED))
        assert (found.coughs, len(found.interruptions)) == (1, 0)

    def test_speech_of_long_ago_did_not_cause_it(self):
        assert measured((0, BEGAN), (2001, INTERRUPTED)).detections_ms == []
        assert measured((0, BEGAN), (2000, INTERRUPTED)).detections_ms == [2000]

    def test_a_call_without_any_has_none(self):
        assert measured().interruptions == ()
        assert measured((0, BEGAN), (900, PAUSED)).network is Network.UNKNOWN


class TestNetwork:
    @pytest.mark.parametrize(
        ("count", "detection", "network"),
        [
            (2, 400, Network.UNKNOWN),
            (3, 301, Network.POOR),
            (3, 300, Network.GOOD),
            (3, 180, Network.GOOD),
            (9, 400, Network.POOR),
        ],
    )
    def test_consistently_more_than_300_ms_is_poor(self, count, detection, network):
        assert measured(*interruptions(*[5000] * (count - 1), detection=detection)).network is network

    def test_one_slow_one_among_quick_ones_is_not(self):
        told = [*interruptions(5000, 5000, detection=180), (20_000, BEGAN), (20_900, INTERRUPTED)]
        assert measured(*told).network is Network.GOOD


@given(
    told=st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(Speech)), max_size=60),
    seed=st.randoms(use_true_random=False),
)
def test_whatever_comes_is_counted_once_and_in_any_order(told: list[tuple[int, Speech]], seed: random.Random) -> None:
    signals = [signal(*one) for one in told]
    found = measure_call(signals)
    shuffled = list(signals)
    seed.shuffle(shuffled)
    assert measure_call(shuffled) == found
    heard = len({one for one in signals if one.speech is INTERRUPTED})
    assert len(found.interruptions) + sum(one.repeats for one in found.interruptions) + found.coughs <= heard
    assert all(0 <= took <= 2000 for took in found.detections_ms)
