"""The stored order: true when written, kept true by the sweep as time passes, and nobody's form is outdated by it."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from callbacks.models import Callback
from callbacks.queries.ready import QUEUE_ORDER
from callbacks.scheduling.ladder import Outcome
from callbacks.scheduling.priority import sort_key
from callbacks.services.ordering import SWEEP_LIMIT, priority_of, sweep_places
from callbacks.states import ClosedReason, Status
from callbacks.tasks import sweep_priorities
from lib import clock
from tests.callbacks.desk import claim, local, promise_calls, save
from tests.crowd import at_once
from tests.policies.callers import promise_call


def place(callback: Callback) -> tuple[int, bool]:
    found = Callback.objects.get(pk=callback.pk)
    return found.priority_group, found.is_in_window


def test_a_callback_is_placed_when_it_is_opened(cast, tuesday):
    assert place(promise_call(cast.riverside, phone="+12025550101")) == (3, True)
    assert place(promise_call(cast.riverside, phone="+12025550102", preferred_window="afternoon")) == (5, False)
    assert place(promise_call(cast.riverside, phone="+12025550103", urgency="urgent")) == (0, True)


def test_as_time_passes_the_sweep_moves_a_callback_through_its_groups(cast, dana, tuesday):
    """Asked for a morning at 10:02 on Tuesday; promised, and due, at 10:02 on Wednesday."""
    story = [
        ("2026-11-24 12:00", (5, False)),
        ("2026-11-25 08:00", (3, True)),
        ("2026-11-25 08:03", (2, True)),
        ("2026-11-25 10:03", (4, True)),
        ("2026-11-26 10:03", (1, True)),
    ]
    assert place(dana) == (3, True)
    for when, expected in story:
        tuesday.move_to(local(when))
        sweep_places()
        assert place(dana) == expected, when


def test_the_sweep_looks_only_at_those_whose_time_has_come(cast, tuesday):
    promise_calls(cast.riverside, 3, preferred_window="any")
    later = Callback.objects.order_by("pk").first()
    Callback.objects.filter(pk=later.pk).update(regroup_at=clock.now())
    assert sweep_places() == 1
    assert sweep_places() == 0


def test_a_sweep_is_no_change_that_anybody_could_notice(cast, dana, tuesday):
    before = Callback.objects.values().get()
    tuesday.move_to(local("2026-11-24 12:00"))
    assert sweep_places() == 1
    after = Callback.objects.values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"priority_group", "is_in_window", "regroup_at"}


def test_a_form_made_before_a_sweep_is_still_good(cast, dana, tuesday):
    held = claim(dana, cast.ana)
    Callback.objects.update(regroup_at=clock.now())
    assert sweep_places() == 1
    assert save(held, cast.ana, Outcome.BOOKED, version=held.version).attempt.outcome == Outcome.BOOKED


def test_closed_callbacks_are_left_alone(cast, dana, tuesday):
    Callback.objects.update(
        status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now(), regroup_at=clock.now()
    )
    assert sweep_places() == 0


def test_a_sweep_settles_by_itself_at_every_hour_of_two_days(cast, tuesday):
    """After one sweep nothing is due for another, whatever the hour: no row is looked at again and again."""
    for n, window in enumerate(("any", "morning", "afternoon", "evening")):
        promise_call(cast.riverside, phone=f"+120255501{n:02}", preferred_window=window)
        promise_call(cast.riverside, phone=f"+121355501{n:02}", preferred_window=window)
    for _ in range(48):
        tuesday.shift(timedelta(hours=1))
        sweep_places()
        assert sweep_places() == 0
        for callback in Callback.objects.select_related("clinic"):
            expected = priority_of(callback, clock.now())
            assert (callback.priority_group, callback.is_in_window) == (expected.group, expected.in_window)


def test_the_database_orders_as_the_rule_does(cast, tuesday):
    for n, window in enumerate(("any", "morning", "afternoon", "evening") * 3):
        promise_call(
            cast.riverside,
            phone=f"+120255501{n:02}",
            preferred_window=window,
            urgency="urgent" if n % 5 == 0 else "routine",
            received_at=clock.now() - timedelta(hours=3 * (n % 4)),
        )
    rows = list(Callback.objects.select_related("clinic").order_by(*QUEUE_ORDER))
    expected = sorted(
        rows, key=lambda row: sort_key(priority_of(row, clock.now()), row.due_at, row.received_at, row.pk)
    )
    assert rows == expected


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_rows(cast, tuesday):
    promise_calls(cast.riverside, 20)
    Callback.objects.update(regroup_at=clock.now())
    assert sum(at_once([sweep_places] * 3)) == 20


def test_the_task_sweeps_without_opening_anything(cast, dana, trail, tuesday):
    tuesday.move_to(local("2026-11-24 12:00"))
    with service_scope("worker", route="test"):
        sweep_priorities.run()
    assert place(dana) == (5, False)
    assert SWEEP_LIMIT >= 100
