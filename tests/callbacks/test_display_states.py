"""The displayed state in SQL is the pure one, whatever the row, the hour and the calendar."""

import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Count

from callbacks.calendars import clinic_calendar
from callbacks.models import Callback
from callbacks.queries.display_states import with_display_state
from callbacks.scheduling.hours import is_callable
from callbacks.states import ClosedReason, DisplayState, Status, display_state
from lib import clock
from tests.callbacks.desk import local, promise_calls
from tests.policies.callers import promise_call

ZONES = [[], ["America/New_York"], ["America/Los_Angeles"], ["America/Adak", "America/Anchorage"], ["Europe/Madrid"]]
MOMENTS = [
    "2026-11-24 03:00",
    "2026-11-24 09:00",
    "2026-11-24 11:59",
    "2026-11-24 12:00",
    "2026-11-24 16:59",
    "2026-11-24 17:00",
    "2026-11-26 10:00",
    "2026-11-28 10:00",
]


def pure_states(clinic, now):
    calendar = clinic_calendar(clinic)
    return {
        row.pk: display_state(
            status=Status(row.status),
            now=now,
            lease_expires_at=row.lease_expires_at,
            not_before=row.not_before,
            is_callable_now=is_callable(calendar, now, row.recipient_zones),
        )
        for row in Callback.objects.filter(clinic=clinic)
    }


def scatter(rows, user, now, dice):
    """Give each row a random status, lease, wait and zones, the edges of "now" among them."""
    near = [now + timedelta(seconds=seconds) for seconds in (-7200, -1, 0, 1, 7200)]
    for row in rows:
        row.status = dice.choice(list(Status))
        row.closed_reason = ClosedReason.BOOKED if row.status == Status.CLOSED else ""
        row.closed_at = now if row.status == Status.CLOSED else None
        row.not_before = dice.choice([None, *near])
        row.zone_names = dice.choice(ZONES)
        is_claimed = dice.random() < 0.4
        row.claimed_by = user if is_claimed else None
        row.claim_token = uuid4() if is_claimed else None
        row.claimed_at = now if is_claimed else None
        row.lease_expires_at = dice.choice(near) if is_claimed else None
        row.save()


@pytest.mark.parametrize("seed", range(6))
def test_sql_and_the_pure_rule_agree_on_random_rows_at_every_kind_of_moment(cast, tuesday, seed):
    dice = random.Random(seed)
    rows = promise_calls(cast.riverside, 60)
    seen: Counter[str] = Counter()
    for moment in map(local, MOMENTS):
        scatter(rows, cast.ana, moment, dice)
        found = with_display_state(Callback.objects.all(), cast.riverside, moment)
        states = dict(found.values_list("pk", "display_state"))
        assert states == pure_states(cast.riverside, moment)
        seen.update(states.values())
    assert set(seen) == set(DisplayState)


def test_it_counts_and_filters_and_stays_in_its_clinic(cast, tuesday):
    promise_calls(cast.riverside, 2)
    promise_call(cast.hilltop, phone="+12025550199")
    found = with_display_state(Callback.objects.all(), cast.riverside, clock.now())
    assert list(found.values_list("display_state").annotate(n=Count("pk"))) == [("ready", 2)]
    assert found.filter(display_state=DisplayState.READY).count() == 2


def test_it_costs_one_query_beside_the_rows(cast, tuesday, django_assert_num_queries):
    promise_calls(cast.riverside, 3)
    clinic_calendar(cast.riverside)
    with django_assert_num_queries(2):
        assert len(with_display_state(Callback.objects.all(), cast.riverside, clock.now())) == 3
