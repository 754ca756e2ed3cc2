"""After somebody edited the hours: due times follow, the promise never does (§2.3, §2.5)."""

from datetime import date, timedelta

import pytest

from audit.background import service_scope
from audit.events import DUE_RECOMPUTED
from callbacks.models import Closure
from callbacks.scheduling.ladder import Outcome
from callbacks.services.escalating import escalate_callback
from callbacks.services.promising import recompute_due
from tests.callbacks.desk import claim, do, fresh, local, save
from tests.policies.callers import promise_call


def recompute(clinic, user=None) -> int:
    with service_scope("test", route="test"):
        return recompute_due(clinic, acting_user=user)


def close_on(clinic, day: date) -> None:
    Closure.objects.create(clinic=clinic, first_on=day, last_on=day, label="Burst pipe")


WEDNESDAY = date(2026, 11, 25)


def test_a_closure_moves_the_due_time_and_not_the_promise(cast, dana):
    close_on(cast.riverside, WEDNESDAY)
    assert recompute(cast.riverside) == 1
    moved = fresh(dana)
    assert (moved.due_at, moved.promised_by) == (local("2026-11-24 17:00"), dana.promised_by)
    assert moved.version == dana.version
    assert recompute(cast.riverside) == 0


def test_a_form_under_somebodys_hands_stays_good(cast, dana):
    held = claim(dana, cast.ana)
    close_on(cast.riverside, WEDNESDAY)
    recompute(cast.riverside)
    save(dana, cast.ana, Outcome.BOOKED, version=held.version)


def test_a_promise_that_cannot_be_kept_any_more_says_so_and_takes_it_back(cast, tuesday):
    tuesday.move_to(local("2026-11-24 17:30"))
    evening = promise_call(cast.riverside)
    assert "promise_unkeepable" not in evening.flags
    close_on(cast.riverside, WEDNESDAY)
    assert recompute(cast.riverside) == 1
    assert "promise_unkeepable" in fresh(evening).flags
    Closure.objects.all().delete()
    recompute(cast.riverside)
    assert (fresh(evening).flags, fresh(evening).due_at) == (evening.flags, evening.due_at)


def test_without_any_hours_there_is_no_due_time_and_later_there_is(cast, dana):
    periods = list(cast.riverside.periods.all())
    cast.riverside.periods.all().delete()
    recompute(cast.riverside)
    assert (fresh(dana).due_at, "no_callable_time" in fresh(dana).flags) == (None, True)
    type(periods[0]).objects.bulk_create(periods)
    recompute(cast.riverside)
    assert (fresh(dana).due_at, fresh(dana).flags) == (dana.due_at, [])


def test_a_retry_moves_only_if_it_fell_out_of_the_hours(cast, dana):
    claim(dana, cast.ana)
    save(dana, cast.ana, Outcome.VOICEMAIL_LEFT)
    waiting = fresh(dana)
    close_on(cast.riverside, date(2026, 11, 26))
    assert recompute(cast.riverside) == 0
    assert fresh(dana).not_before == waiting.not_before
    close_on(cast.riverside, WEDNESDAY)
    assert recompute(cast.riverside) == 1
    assert (fresh(dana).not_before, fresh(dana).due_at) == (local("2026-11-27 08:00"), local("2026-11-27 12:00"))


def test_what_was_agreed_with_the_caller_stays(cast, dana):
    claim(dana, cast.ana)
    save(dana, cast.ana, Outcome.AGREED_TIME, agreed_at=local("2026-11-25 10:00"))
    close_on(cast.riverside, WEDNESDAY)
    assert recompute(cast.riverside) == 0
    assert fresh(dana).not_before == local("2026-11-25 10:00")


def test_the_clinical_clock_counts_the_new_hours(cast, dana, tuesday):
    tuesday.move_to(local("2026-11-24 16:50"))
    do(escalate_callback, dana, by=cast.ana)
    assert fresh(dana).due_at == local("2026-11-25 08:05")
    close_on(cast.riverside, WEDNESDAY)
    recompute(cast.riverside)
    assert fresh(dana).due_at == local("2026-11-26 08:05")


def test_other_clinics_and_closed_ones_are_left_alone(cast, dana):
    theirs = promise_call(cast.hilltop)
    close_on(cast.riverside, WEDNESDAY)
    close_on(cast.hilltop, WEDNESDAY)
    recompute(cast.riverside)
    assert fresh(theirs).due_at == theirs.due_at


@pytest.mark.django_db(transaction=True)
def test_old_and_new_are_recorded(cast, dana, trail):
    close_on(cast.riverside, WEDNESDAY)
    recompute(cast.riverside, cast.sam)
    (event,) = trail.events(DUE_RECOMPUTED)
    old, new = event["details"]["old"], event["details"]["new"]
    assert (old, new) == (dana.due_at.isoformat(), fresh(dana).due_at.isoformat())
    assert dana.due_at - fresh(dana).due_at > timedelta(hours=1)
