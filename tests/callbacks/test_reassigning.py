"""Callbacks change hands: given to a colleague, or back to everybody when somebody leaves (§1, §2.3)."""

from datetime import timedelta

import pytest

from accounts.models import Membership
from audit.events import CALLBACK_HANDED_OVER, CALLBACK_REASSIGNED
from callbacks.models import Change
from callbacks.scheduling.ladder import Outcome
from callbacks.services.claiming import LEASE_IN_CALL
from callbacks.services.deferring import agree_time
from callbacks.services.ordering import sweep_places
from callbacks.services.reassigning import NotAColleagueRefusal, reassign_callback
from callbacks.services.refusals import (
    ClaimLostRefusal,
    NotAllowedRefusal,
    ReasonMissingRefusal,
    ReservedRefusal,
)
from callbacks.states import Command
from lib import clock
from tests.callbacks.desk import beat, call_next, claim, dial, do, fresh, local, save
from tests.policies.callers import promise_call

WHY = "Speaks Spanish"


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana."""
    return claim(dana, cast.ana)


class TestGivingAway:
    def test_reserves_it_for_half_an_hour_and_claims_nothing(self, cast, held, tuesday):
        given = do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.ana)
        assert (given.claimed_by, given.preferred_agent) == (None, cast.ben)
        assert given.reserved_until == clock.now() + timedelta(minutes=30)
        with pytest.raises(ReservedRefusal):
            claim(held, cast.ana)
        assert call_next(cast.riverside, cast.nadia) is None
        assert call_next(cast.riverside, cast.ben) == held

    def test_frees_it_for_all_when_the_colleague_does_not_come(self, cast, held, tuesday):
        do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.ana)
        tuesday.shift(timedelta(minutes=30))
        assert call_next(cast.riverside, cast.nadia) == held

    def test_of_a_waiting_one_lasts_beyond_its_wait(self, cast, held, tuesday):
        save(held, cast.ana, Outcome.NO_ANSWER)
        waiting = fresh(held)
        given = do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.sam)
        assert given.reserved_until == waiting.not_before + timedelta(minutes=30)
        assert (given.not_before, given.due_at) == (waiting.not_before, waiting.due_at)

    def test_of_an_agreed_time_is_free_ten_minutes_after_it(self, cast, held):
        at = local("2026-11-25 14:00")
        do(agree_time, held, at, by=cast.ana)
        given = do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.ana)
        assert (given.preferred_agent, given.reserved_until) == (cast.ben, at + timedelta(minutes=10))

    def test_by_a_supervisor_takes_it_out_of_the_holders_hands(self, cast, held):
        do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.sam)
        with pytest.raises(ClaimLostRefusal, match="Sam gave it to Ben"):
            beat(held, cast.ana)

    def test_of_a_colleagues_call_leaves_it_unfinished(self, cast, held):
        dial(held, cast.ana)
        assert do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.sam).flags == ["unfinished_call"]
        assert save(held, cast.ana, Outcome.NO_ANSWER).attempt.is_late

    def test_of_what_is_not_ones_own_is_a_supervisors(self, cast, held):
        with pytest.raises(NotAllowedRefusal, match="Only a supervisor may give away"):
            do(reassign_callback, held, to=cast.nadia, reason=WHY, by=cast.ben)
        assert fresh(held).claimed_by == cast.ana

    @pytest.mark.parametrize("name", ["cleo", "olu", "max"])
    def test_to_somebody_without_the_right_here_is_refused(self, cast, held, name):
        with pytest.raises(NotAColleagueRefusal):
            do(reassign_callback, held, to=cast.people[name], reason=WHY, by=cast.ana)

    def test_to_somebody_who_left_is_refused(self, cast, held):
        cast.ben.is_active = False
        with pytest.raises(NotAColleagueRefusal):
            do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.ana)

    def test_needs_a_reason_which_is_sealed(self, cast, held):
        with pytest.raises(ReasonMissingRefusal):
            do(reassign_callback, held, to=cast.ben, reason=" ", by=cast.ana)
        do(reassign_callback, held, to=cast.ben, reason="Zqxreason", by=cast.ana)
        assert "Zqx" not in str(list(Change.objects.values()))

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded_with_the_colleagues_id(self, cast, held, trail):
        do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.ana)
        (event,) = trail.events(CALLBACK_REASSIGNED)
        assert event["details"] == {"to": str(cast.ben.pk)}


class TestSigningOut:
    def test_gives_back_the_claim_and_every_agreed_time(self, cast, dana, tuesday):
        ana = cast.browser("ana")
        agreed = claim(promise_call(cast.riverside, first_name="Chen"), cast.ana)
        do(agree_time, agreed, local("2026-11-25 14:00"), by=cast.ana)
        claim(dana, cast.ana)
        ana.post("/sign-out")
        assert (fresh(dana).claimed_by, fresh(agreed).preferred_agent) == (None, None)
        assert (fresh(agreed).wait_reason, fresh(agreed).not_before) == ("agreed", local("2026-11-25 14:00"))
        tuesday.move_to(local("2026-11-25 14:00"))
        sweep_places()
        assert call_next(cast.riverside, cast.ben) == agreed

    def test_in_a_call_leaves_it_unfinished_and_its_outcome_welcome(self, cast, dana, tuesday):
        ana = cast.browser("ana")
        claim(dana, cast.ana)
        dial(dana, cast.ana)
        ana.post("/sign-out")
        assert fresh(dana).flags == ["unfinished_call"]
        assert save(dana, cast.ana, Outcome.NO_ANSWER).attempt.is_late

    def test_with_nothing_in_hand_changes_nothing(self, cast, dana):
        before = fresh(dana).version
        cast.browser("ana").post("/sign-out")
        assert fresh(dana).version == before
        assert not Change.objects.exists()

    def test_leaves_alone_what_others_hold(self, cast, held):
        cast.browser("ben").post("/sign-out")
        assert fresh(held).claimed_by == cast.ana

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded_for_each_callback(self, cast, held, trail):
        cast.browser("ana").post("/sign-out")
        (event,) = trail.events(CALLBACK_HANDED_OVER)
        assert (event["actor_label"], event["object_id"]) == ("ana", str(held.pk))


class TestSomebodyWhoIsSwitchedOff:
    def test_holds_nothing_from_that_moment(self, cast, held):
        max_ = cast.browser("max")
        page = f"/admin/accounts/user/{cast.ana.pk}/change/"
        form = max_.get(page).context["adminform"].form
        typed = {name: value for name, value in form.initial.items() if isinstance(value, str)}
        typed |= {"is_active": "", "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
        assert max_.post(page, typed).status_code == 302
        cast.ana.refresh_from_db()
        assert not cast.ana.is_active
        assert fresh(held).claimed_by is None
        assert Change.objects.get(command=Command.HAND_OVER).word == "deactivated"

    def test_without_a_membership_is_dealt_nothing_for_them(self, cast, held, tuesday):
        do(reassign_callback, held, to=cast.ben, reason=WHY, by=cast.ana)
        Membership.objects.filter(user=cast.ben).update(ends_at=clock.now() + timedelta(seconds=1))
        tuesday.shift(timedelta(minutes=30))
        assert call_next(cast.riverside, cast.ana) == held
        tuesday.shift(LEASE_IN_CALL)
