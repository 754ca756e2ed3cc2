"""Claims that ran out: swept once, told once, and nothing that still counts is lost by it (callbacks.md §2.3)."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from audit.events import CLAIM_EXPIRED
from callbacks.models import Change
from callbacks.scheduling.ladder import Outcome
from callbacks.services.claiming import LEASE, LEASE_IN_CALL
from callbacks.services.expiring import sweep_leases
from callbacks.services.refusals import ClaimLostRefusal
from callbacks.states import CallbackFlag, Command, Status
from lib import clock
from tests.callbacks.desk import claim, dial, fresh, promise_calls, release, save
from tests.crowd import at_once


def sweep() -> int:
    with service_scope("worker", route="test"):
        return sweep_leases()


def test_a_claim_that_ran_out_is_put_back_and_names_who_held_it(cast, dana, tuesday):
    held = claim(dana, cast.ana)
    tuesday.shift(LEASE)
    assert sweep() == 1
    swept = fresh(dana)
    assert (swept.claimed_by, swept.claim_token, swept.lease_expires_at, swept.flags) == (None, None, None, [])
    # Nobody's open form is outdated by a clock.
    assert swept.version == held.version
    change = Change.objects.get()
    assert (change.command, change.staff, change.person) == (Command.EXPIRE, None, cast.ana)
    assert sweep() == 0


def test_a_live_claim_stays(cast, dana, tuesday):
    claim(dana, cast.ana)
    tuesday.shift(LEASE - timedelta(seconds=1))
    assert sweep() == 0
    assert fresh(dana).claimed_by == cast.ana


def test_whose_claim_ran_out_is_told_so(cast, dana, tuesday):
    claim(dana, cast.ana)
    tuesday.shift(LEASE)
    sweep()
    with pytest.raises(ClaimLostRefusal, match="The claim of Ana ran out"):
        release(dana, cast.ana)


def test_a_call_nobody_ended_is_flagged_and_its_outcome_moves_the_callback_on(cast, dana, tuesday):
    claim(dana, cast.ana)
    dialled_at = dial(dana, cast.ana).dial_started_at
    tuesday.shift(LEASE_IN_CALL)
    assert sweep() == 1
    assert fresh(dana).flags == [CallbackFlag.UNFINISHED_CALL]
    attempt = save(dana, cast.ana, Outcome.BOOKED).attempt
    assert (attempt.is_late, attempt.started_at) == (True, dialled_at)
    assert (fresh(dana).status, fresh(dana).flags) == (Status.CLOSED, [])


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_tell_each_claim_once(cast, tuesday, trail):
    people = [cast.ana, cast.ben, cast.nadia, cast.sam]
    for callback, person in zip(promise_calls(cast.riverside, 4), people, strict=True):
        claim(callback, person)
    tuesday.shift(LEASE)
    assert sum(at_once([sweep, sweep])) == 4
    events = trail.events(CLAIM_EXPIRED)
    assert sorted(event["details"]["holder"] for event in events) == sorted(str(person.pk) for person in people)
    assert {(event["actor_kind"], event["actor_label"]) for event in events} == {("service", "worker")}
    assert Change.objects.filter(command=Command.EXPIRE).count() == 4


def test_a_metric_knows_when_a_claim_began(cast, dana, tuesday):
    claim(dana, cast.ana)
    tuesday.shift(timedelta(seconds=90))
    attempt = save(dana, cast.ana, Outcome.NO_ANSWER).attempt
    assert clock.now() - attempt.claimed_at == timedelta(seconds=90)
    assert (attempt.due_at, attempt.agreed_for) == (dana.due_at, None)
