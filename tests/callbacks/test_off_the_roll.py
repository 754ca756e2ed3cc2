"""Whoever is off a clinic's roll owns nothing there: not at the end that was planned, and not when a role ends now."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Membership, Role
from accounts.services.memberships import change_role, end_role
from audit.background import service_scope
from audit.events import CALLBACK_HANDED_OVER
from callbacks.models import Change
from callbacks.services.reassigning import reassign_callback
from callbacks.states import Command
from callbacks.tasks import sweep_off_roll
from lib import clock
from tests.callbacks.desk import claim, dial, do, fresh, local
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(local("2026-11-24 10:12"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def held(cast, tuesday):
    held = claim(promise_call(cast.riverside), cast.ana)
    tuesday.shift(timedelta(seconds=10))
    return held


def sweep():
    with service_scope("worker", route="test"):
        return sweep_off_roll.run()


def plan_end(person, after):
    person.memberships.update(ends_at=clock.now() + after)


def test_what_a_leaver_holds_is_everybodys_after_the_planned_end(cast, held, tuesday):
    plan_end(cast.ana, timedelta(minutes=1))
    sweep()
    assert fresh(held).claimed_by == cast.ana
    tuesday.shift(timedelta(minutes=1))
    sweep()
    assert fresh(held).claimed_by is None
    assert Change.objects.get(command=Command.HAND_OVER).word == "off_the_roll"
    assert claim(fresh(held), cast.ben).claimed_by == cast.ben


def test_what_was_reserved_for_them_too(cast, held, tuesday):
    do(reassign_callback, held, to=cast.ben, reason="Knows her", by=cast.ana)
    plan_end(cast.ben, timedelta(minutes=1))
    tuesday.shift(timedelta(minutes=1))
    sweep()
    assert (fresh(held).preferred_agent, fresh(held).reserved_until) == (None, None)


def test_ending_a_role_now_gives_it_back_at_once_and_a_running_call_stays_to_be_told(cast, held):
    dial(held, cast.ana)
    with service_scope("test", route="test"):
        end_role(cast.ana.memberships.get(), acting_user=cast.max)
    assert (fresh(held).claimed_by, fresh(held).flags) == (None, ["unfinished_call"])


def test_a_mover_who_still_works_with_callers_keeps_what_they_hold(cast, held):
    with service_scope("test", route="test"):
        change_role(cast.ana.memberships.get(), Role.NURSE, acting_user=cast.max)
    assert sweep() is None
    assert fresh(held).claimed_by == cast.ana


def test_a_mover_who_does_not_gives_it_back(cast, held):
    with service_scope("test", route="test"):
        change_role(cast.ana.memberships.get(), Role.OFFICER, acting_user=cast.max)
    assert fresh(held).claimed_by is None


def test_a_role_in_another_clinic_keeps_nothing_here(cast, held, tuesday):
    Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.AGENT)
    plan_end_here = cast.ana.memberships.filter(clinic=cast.riverside)
    plan_end_here.update(ends_at=clock.now() + timedelta(seconds=1))
    tuesday.shift(timedelta(seconds=1))
    sweep()
    assert fresh(held).claimed_by is None


def test_others_keep_theirs_and_a_second_sweep_finds_nothing(cast, held, tuesday):
    bens = claim(promise_call(cast.riverside, first_name="Chen"), cast.ben)
    plan_end(cast.ana, timedelta(seconds=1))
    tuesday.shift(timedelta(seconds=1))
    sweep()
    sweep()
    assert fresh(bens).claimed_by == cast.ben
    assert Change.objects.filter(command=Command.HAND_OVER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_recorded_once_as_the_services(cast, held, tuesday, trail):
    plan_end(cast.ana, timedelta(seconds=1))
    tuesday.shift(timedelta(seconds=1))
    sweep()
    (event,) = trail.events(CALLBACK_HANDED_OVER)
    assert (event["actor_kind"], event["object_id"]) == ("service", str(held.pk))
