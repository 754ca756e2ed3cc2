"""Many takers at once, and takers who die: nobody is dealt twice, nobody is lost (issue 4, "It shows")."""

import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from accounts.models import Membership, Role, User
from callbacks.models import Callback
from callbacks.queries.ready import QUEUE_ORDER
from callbacks.scheduling.ladder import Outcome
from callbacks.scheduling.priority import sort_key
from callbacks.services.ordering import priority_of
from callbacks.states import Status
from lib import clock
from tests.callbacks.desk import call_next, local, save
from tests.crowd import at_once
from tests.live_desk import REPOSITORY, desk_environment
from tests.policies.callers import promise_call

TAKERS = 32
CALLBACKS = 200
KILLED_TAKER = "import django; django.setup(); from tests.callbacks.killed_taker import main; main()"


@pytest.mark.django_db(transaction=True)
class TestThirtyTwoTakers:
    @pytest.fixture
    def takers(self, cast) -> list[User]:
        people = [User(username=f"taker{n}", display_name=f"Taker {n}") for n in range(TAKERS)]
        User.objects.bulk_create(people)
        Membership.objects.bulk_create(
            Membership(user=person, clinic=cast.riverside, role=Role.AGENT) for person in people
        )
        return people

    def test_deal_each_callback_once_in_the_pure_rules_order(self, cast, takers, tuesday):
        windows, urgencies = ("any", "morning", "afternoon"), ("routine",) * 7 + ("urgent",)
        for n in range(CALLBACKS):
            promise_call(
                cast.riverside,
                phone=f"+1202555{100 + n:04}",
                preferred_window=windows[n % len(windows)],
                urgency=urgencies[n % len(urgencies)],
                received_at=local(f"2026-11-24 09:{n % 60:02}"),
            )
        order = pure_order()

        def deal_until_nobody_is_left(person: User):
            dealt = []
            while (callback := call_next(cast.riverside, person)) is not None:
                before = order[: order.index(callback.pk)]
                # Whoever stands before and was never dealt is in somebody's hands whose claim is not committed yet.
                passed = Callback.objects.filter(pk__in=before, version=1).count()
                dealt.append((callback.pk, passed))
                save(callback, person, Outcome.BOOKED)
            return dealt

        hands = at_once([lambda person=person: deal_until_nobody_is_left(person) for person in takers])
        assert [hand for hand in hands if isinstance(hand, Exception)] == []
        dealt = [callback_id for hand in hands for callback_id, _ in hand]
        assert len(dealt) == len(set(dealt)) == CALLBACKS
        assert set(dealt) == set(order)
        for hand in hands:
            places = [order.index(callback_id) for callback_id, _ in hand]
            assert places == sorted(places)
        assert max(passed for hand in hands for _, passed in hand) < TAKERS
        assert set(Callback.objects.values_list("status", "attempts_count")) == {(Status.CLOSED, 1)}


def pure_order() -> list[object]:
    """Ids as the pure rule orders them, which is how the database does."""
    now = clock.now()
    rows = sorted(
        Callback.objects.select_related("clinic"),
        key=lambda row: sort_key(priority_of(row, now), row.due_at, row.received_at, row.pk),
    )
    order = [row.pk for row in rows]
    assert order == list(Callback.objects.order_by(*QUEUE_ORDER).values_list("pk", flat=True))
    return order


@pytest.mark.django_db(transaction=True)
def test_a_taker_killed_between_any_two_statements_leaves_no_callback_stuck_or_lost(cast, postgres, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED_TAKER],
        cwd=REPOSITORY,
        env=desk_environment(postgres, tmp_path, RINGBACK_DATABASE_POOL=""),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    deaths = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]
    # Every stage was met, in its order, and never left again.
    assert [stage for stage, _ in groupby(deaths, key=lambda death: death[1])] == [
        "free",
        "claimed",
        "dialled",
        "recorded",
    ]
    assert len(deaths) > 30
    assert set(Callback.objects.values_list("status", flat=True)) == {Status.CLOSED}
