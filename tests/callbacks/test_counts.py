"""Counts of the queue's head and tabs, and the pulse that says whether a page is out of date."""

from datetime import timedelta

import pytest

from callbacks.models import Callback
from callbacks.queries import counts as queries
from callbacks.queries.counts import QueueCounts, queue_changes, queue_counts, queue_version
from callbacks.services.ordering import sweep_places
from callbacks.states import ClosedReason, Status
from lib import clock
from tests.callbacks.desk import beat, claim, local, promise_calls
from tests.policies.callers import promise_call


def counts(cast, user=None) -> QueueCounts:
    return queue_counts(cast.riverside, user=user or cast.ana, now=clock.now())


def test_an_empty_queue_counts_nothing(cast, tuesday):
    assert counts(cast) == QueueCounts(0, 0, 0, 0, 0, 0, 0, 0)


def test_each_callback_is_counted_where_it_is_shown(cast, tuesday):
    ready, held, waiting, review, closed, later, kept = promise_calls(cast.riverside, 7)
    promise_calls(cast.hilltop, 3)
    claim(held, cast.ana)
    for callback, change in (
        (waiting, {"not_before": clock.now() + timedelta(minutes=1)}),
        (review, {"status": Status.NEEDS_REVIEW}),
        (closed, {"status": Status.CLOSED, "closed_reason": ClosedReason.BOOKED, "closed_at": clock.now()}),
        (ready, {"due_at": clock.now() + timedelta(minutes=60)}),
        (kept, {"preferred_agent": cast.ana, "reserved_until": clock.now() + timedelta(minutes=1)}),
        (later, {"due_at": clock.now(), "flags": ["promise_unkeepable"]}),
    ):
        Callback.objects.filter(pk=callback.pk).update(**change)
    found = counts(cast)
    assert found == QueueCounts(
        next=5, waiting=1, mine=2, review=1, clinical=0, due_within_an_hour=1, overdue=1, unkeepable=1
    )
    assert found.waiting_for_a_call == 6
    assert counts(cast, cast.ben).mine == 0


def test_nothing_is_counted_further_than_a_page_says(cast, tuesday, monkeypatch):
    monkeypatch.setattr(queries, "COUNTED_TO", 3)
    promise_calls(cast.riverside, 5)
    assert (counts(cast).next, counts(cast).waiting_for_a_call) == (3, 3)


@pytest.mark.parametrize(
    ("when", "alarm"), [("2026-11-25 09:30", "due_within_an_hour"), ("2026-11-25 11:00", "overdue")]
)
def test_who_was_tried_is_no_longer_an_alarm(cast, dana, tuesday, when, alarm):
    tuesday.move_to(local(when))
    Callback.objects.update(flags=["promise_unkeepable"])
    assert (getattr(counts(cast), alarm), counts(cast).unkeepable) == (1, 1)
    Callback.objects.update(attempts_count=1)
    assert (getattr(counts(cast), alarm), counts(cast).unkeepable) == (0, 0)


def test_a_lapsed_claim_is_nobodys(cast, dana, tuesday):
    claim(dana, cast.ana)
    assert counts(cast).mine == 1
    tuesday.shift(timedelta(minutes=2))
    assert counts(cast).mine == 0


def test_all_counts_are_one_query(cast, tuesday, django_assert_num_queries):
    promise_calls(cast.riverside, 10)
    with django_assert_num_queries(1):
        counts(cast)


class TestThePulse:
    def test_is_silent_while_nothing_changes(self, cast, dana, tuesday):
        seen = queue_version(cast.riverside)
        assert queue_changes(cast.riverside, since=seen) == 0
        tuesday.shift(timedelta(minutes=1))
        assert queue_changes(cast.riverside, since=seen) == 0

    def test_counts_what_changed_since(self, cast, dana, tuesday):
        seen = queue_version(cast.riverside)
        tuesday.shift(timedelta(seconds=1))
        promise_call(cast.riverside, first_name="Chen")
        promise_call(cast.hilltop, first_name="Chen")
        assert queue_changes(cast.riverside, since=seen) == 1
        claim(dana, cast.ben)
        assert queue_changes(cast.riverside, since=seen) == 2
        assert queue_changes(cast.riverside, since=queue_version(cast.riverside)) == 0

    def test_is_silent_about_heartbeats_and_sweeps(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        seen = queue_version(cast.riverside)
        tuesday.shift(timedelta(seconds=30))
        beat(dana, cast.ana)
        Callback.objects.update(regroup_at=clock.now())
        assert sweep_places() == 1
        assert queue_changes(cast.riverside, since=seen) == 0

    @pytest.mark.parametrize(
        "since",
        ["", "x", "2026-13-40T00:00:00", "2026-11-24T15:12:00", "'; --", "d6cf347b-f723-4230-bff3-c5799202809a"],
    )
    def test_counts_everything_for_a_version_that_is_none(self, cast, dana, since):
        assert queue_changes(cast.riverside, since=since) == 1

    def test_of_an_empty_queue_notices_the_first_callback(self, cast, tuesday):
        seen = queue_version(cast.riverside)
        assert (seen, queue_changes(cast.riverside, since=seen)) == ("", 0)
        promise_call(cast.riverside)
        assert queue_changes(cast.riverside, since=seen) == 1
