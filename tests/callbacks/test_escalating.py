"""A clinical concern: raised by anyone at any time, answered by the nurse within fifteen open minutes (§1, §2.3)."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from audit.events import CONCERN_RAISED, CONCERN_READ, CONCERN_RESOLVED
from callbacks.models import Attempt, Callback, Concern, EmergencyAnswer
from callbacks.scheduling.ladder import Outcome
from callbacks.services.claiming import LEASE
from callbacks.services.escalating import accept_concern, escalate_callback, resolve_concern, return_concern
from callbacks.services.refusals import (
    AlreadyClaimedRefusal,
    ClaimLostRefusal,
    HoldingAnotherRefusal,
    NotAllowedRefusal,
    OutdatedFormRefusal,
    ReasonMissingRefusal,
)
from callbacks.states import Status, TransitionError
from lib import clock
from tests.callbacks.desk import beat, call_next, claim, dial, do, fresh, local, save
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call
from vault.reveal import reveal

WORDS = "Zqxwords of pain"


@pytest.fixture
def raised(cast, dana):
    """Dana, with the nurse since 10:12."""
    return do(escalate_callback, dana, words=WORDS, by=cast.ana)


class TestRaising:
    def test_starts_a_clock_of_fifteen_open_minutes_and_goes_first(self, cast, raised):
        assert (raised.status, raised.priority_group) == (Status.ESCALATED, 0)
        assert raised.due_at == OPEN_TUESDAY + timedelta(minutes=15)
        concern = Concern.objects.get()
        assert (concern.raised_by, concern.raised_at, concern.emergency_answer) == (
            cast.ana,
            OPEN_TUESDAY,
            "not_asked",
        )

    def test_over_lunch_counts_open_minutes_only(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-24 11:50"))
        assert do(escalate_callback, dana, by=cast.ana).due_at == local("2026-11-24 13:05")

    def test_ends_the_claim_whoever_held_it(self, cast, dana):
        claim(dana, cast.ben)
        assert do(escalate_callback, dana, by=cast.ana).claimed_by is None
        with pytest.raises(ClaimLostRefusal, match="Ana passed it to the clinical team"):
            beat(dana, cast.ben)

    def test_of_one_under_review_is_possible_and_of_a_closed_one_is_not(self, cast, tuesday):
        odd = promise_call(cast.riverside, review_reasons=("odd_name",))
        assert do(escalate_callback, odd, by=cast.ana).status == Status.ESCALATED
        with pytest.raises(TransitionError, match="with the clinical team"):
            do(escalate_callback, odd, by=cast.ana)
        Callback.objects.update(status="closed", closed_reason="booked", closed_at=clock.now())
        with pytest.raises(TransitionError):
            do(escalate_callback, odd, by=cast.ana)

    def test_ends_a_wait(self, cast, dana):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        waiting = do(escalate_callback, dana, by=cast.ana)
        assert (waiting.not_before, waiting.wait_reason, waiting.target_from) == (None, "none", None)

    @pytest.mark.parametrize("answer", list(EmergencyAnswer))
    def test_keeps_what_the_caller_said_about_911(self, cast, dana, answer):
        found = do(escalate_callback, dana, emergency=answer, by=cast.ana)
        assert Concern.objects.get().emergency_answer == answer
        assert ("emergency_refused" in found.flags) == (answer is EmergencyAnswer.REFUSED)

    @pytest.mark.parametrize("how", ["dialled", "answered"])
    def test_in_a_call_counts_as_having_reached_the_caller(self, cast, dana, how):
        claim(dana, cast.ana)
        if how == "dialled":
            dial(dana, cast.ana)
        answer = EmergencyAnswer.CONFIRMED if how == "answered" else EmergencyAnswer.NOT_ASKED
        found = do(escalate_callback, dana, emergency=answer, by=cast.ana)
        assert Attempt.objects.get().outcome == Outcome.CLINICAL_CONCERN
        assert (found.attempts_count, found.reached_at, found.first_attempt_at) == (1, OPEN_TUESDAY, OPEN_TUESDAY)
        assert found.flags == []

    def test_before_any_call_is_no_attempt(self, cast, raised):
        assert (raised.attempts_count, Attempt.objects.count()) == (0, 0)

    def test_as_an_outcome_is_a_concern_like_any_other(self, cast, dana):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.CLINICAL_CONCERN)
        assert (fresh(dana).status, Concern.objects.get().raised_by) == (Status.ESCALATED, cast.ana)

    def test_words_are_sealed(self, cast, raised):
        assert "Zqx" not in str(list(Concern.objects.values()))
        with service_scope("test", route="test", tag=CONCERN_READ):
            assert reveal(Concern.objects.get(), "words") == (WORDS,)

    def test_sent_twice_is_one_concern(self, cast, dana):
        form = {"command_id": "0190a000-0000-7000-8000-000000000003", "version": dana.version}
        for _ in range(2):
            do(escalate_callback, dana, by=cast.ana, **form)
        assert Concern.objects.count() == 1

    def test_of_an_earlier_version_says_what_happened(self, cast, dana):
        before = dana.version
        claim(dana, cast.ben)
        save(dana, cast.ben, Outcome.NO_ANSWER)
        with pytest.raises(OutdatedFormRefusal, match=r"^Ben recorded “no answer” 0 s ago\. Nothing was saved\.$"):
            do(escalate_callback, dana, by=cast.ana, version=before)

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded_without_the_words(self, cast, dana, trail):
        do(escalate_callback, dana, words=WORDS, emergency=EmergencyAnswer.REFUSED, by=cast.ana)
        (event,) = trail.events(CONCERN_RAISED)
        assert (event["fields"], event["details"]) == (["words"], {"emergency": "refused"})


class TestTheNurse:
    def test_takes_it_and_holds_it(self, cast, raised):
        taken = do(accept_concern, raised, by=cast.nadia)
        assert (taken.claimed_by, taken.lease_expires_at) == (cast.nadia, OPEN_TUESDAY + LEASE)
        assert (Concern.objects.get().accepted_by, Concern.objects.get().accepted_at) == (cast.nadia, OPEN_TUESDAY)

    def test_resolves_it(self, cast, raised):
        do(accept_concern, raised, by=cast.nadia)
        done = do(resolve_concern, raised, reason="Advised to see a doctor today", by=cast.nadia)
        assert (done.status, done.closed_reason, done.claimed_by) == (Status.CLOSED, "resolved_clinically", None)
        assert Concern.objects.get().settled_at == OPEN_TUESDAY

    def test_returns_it_with_its_old_due_time(self, cast, dana, raised):
        do(accept_concern, raised, by=cast.nadia)
        back = do(return_concern, raised, reason="Not clinical", by=cast.nadia)
        assert (back.status, back.due_at, back.claimed_by) == (Status.OPEN, dana.due_at, None)
        assert call_next(cast.riverside, cast.ana) == dana
        assert do(escalate_callback, dana, by=cast.ana).status == Status.ESCALATED
        assert Concern.objects.count() == 2

    def test_may_be_the_supervisor(self, cast, raised):
        do(accept_concern, raised, by=cast.sam)
        assert do(return_concern, raised, reason="no nurse needed", by=cast.sam).status == Status.OPEN

    @pytest.mark.parametrize("act", [accept_concern, resolve_concern, return_concern])
    def test_is_not_the_front_desk(self, cast, raised, act):
        form = {} if act is accept_concern else {"reason": "because"}
        with pytest.raises(NotAllowedRefusal, match="Only a nurse or a supervisor"):
            do(act, raised, by=cast.ana, **form)
        with pytest.raises(NotAllowedRefusal, match="with the clinical team"):
            claim(raised, cast.ana)

    @pytest.mark.parametrize("act", [resolve_concern, return_concern])
    def test_says_what_was_decided(self, cast, raised, act):
        with pytest.raises(ReasonMissingRefusal):
            do(act, raised, reason=" ", by=cast.nadia)

    def test_does_not_take_it_from_another_nor_beside_another(self, cast, raised):
        do(accept_concern, raised, by=cast.nadia)
        with pytest.raises(AlreadyClaimedRefusal, match="Nadia"):
            do(accept_concern, raised, by=cast.sam)
        other = promise_call(cast.riverside, first_name="Chen")
        do(escalate_callback, other, by=cast.ana)
        with pytest.raises(HoldingAnotherRefusal):
            do(accept_concern, other, by=cast.nadia)

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            (Outcome.NO_ANSWER, Status.ESCALATED),
            (Outcome.WRONG_NUMBER, Status.ESCALATED),
            (Outcome.CLINICAL_CONCERN, Status.ESCALATED),
            (Outcome.BOOKED, Status.CLOSED),
        ],
    )
    def test_calls_and_it_stays_with_the_team_until_it_is_closed(self, cast, raised, outcome, status):
        do(accept_concern, raised, by=cast.nadia)
        dial(raised, cast.nadia)
        save(raised, cast.nadia, outcome)
        assert fresh(raised).status == status
        assert (Concern.objects.get().settled_at is None) == (status == Status.ESCALATED)

    def test_is_never_dealt_one(self, cast, raised):
        assert call_next(cast.riverside, cast.nadia) is None

    @pytest.mark.django_db(transaction=True)
    def test_decides_on_the_record(self, cast, raised, trail):
        do(resolve_concern, raised, reason="Zqxreason", by=cast.nadia)
        (event,) = trail.events(CONCERN_RESOLVED)
        assert event["fields"] == ["reason", "status"]
        assert "Zqx" not in str(event)
