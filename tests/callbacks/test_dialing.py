"""Calls that begin and do not end as planned: dialling, expired claims, late outcomes, take-overs (§2.3, §2.7)."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from audit.events import ATTEMPT_RECORDED, CALLBACK_DIALLED, CALLBACK_TAKEN_OVER
from callbacks.models import Attempt, Callback, Change, RuleKind
from callbacks.queries.changes import unfinished_dial, unfinished_dials
from callbacks.queries.contact_rules import ContactForbiddenRefusal
from callbacks.scheduling.ladder import Outcome
from callbacks.services.claiming import LEASE, LEASE_IN_CALL, LONGEST_CLAIM, take_over
from callbacks.services.closing import close_callback
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.services.dialing import start_dial
from callbacks.services.drafting import keep_draft, read_draft
from callbacks.services.refusals import (
    ClaimLostRefusal,
    HoldingAnotherRefusal,
    NoNumberRefusal,
    NotAllowedRefusal,
    ReasonMissingRefusal,
)
from callbacks.states import ClosedReason, Command, Status, TransitionError
from lib import clock
from tests.callbacks.desk import beat, claim, dial, do, fresh, local, put_away, release, save
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.policies.callers import promise_call

UNFINISHED = "unfinished_call"


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana."""
    return claim(dana, cast.ana)


@pytest.fixture
def dialled(cast, held):
    """Dana, whom Ana is calling."""
    return dial(held, cast.ana)


class TestDialling:
    def test_gives_ten_minutes_and_leaves_the_form_good(self, cast, held):
        calling = dial(held, cast.ana)
        assert calling.dial_started_at == OPEN_TUESDAY
        assert calling.lease_expires_at == OPEN_TUESDAY + LEASE_IN_CALL
        save(held, cast.ana, Outcome.BOOKED, version=held.version)
        assert Attempt.objects.get().started_at == OPEN_TUESDAY
        assert (fresh(held).dial_started_at, fresh(held).first_attempt_at) == (None, OPEN_TUESDAY)

    def test_is_renewed_by_ten_minutes_up_to_forty_five(self, cast, dialled, tuesday):
        tuesday.shift(timedelta(minutes=9))
        assert beat(dialled, cast.ana) == clock.now() + LEASE_IN_CALL
        for _ in range(4):
            tuesday.shift(timedelta(minutes=8))
            beat(dialled, cast.ana)
        assert fresh(dialled).lease_expires_at == OPEN_TUESDAY + LONGEST_CLAIM

    def test_keeps_the_promise_although_the_talk_outlasts_it(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 10:00"))
        claim(dana, cast.ana)
        dial(dana, cast.ana)
        tuesday.shift(timedelta(minutes=5))
        save(dana, cast.ana, Outcome.BOOKED)
        assert fresh(dana).first_attempt_at < dana.promised_by < fresh(dana).closed_at

    def test_is_refused_to_whoever_does_not_hold_it(self, cast, held, tuesday):
        with pytest.raises(ClaimLostRefusal):
            dial(held, cast.ben)
        tuesday.shift(LEASE)
        with pytest.raises(ClaimLostRefusal):
            dial(held, cast.ana)

    def test_of_a_number_under_review_is_refused(self, cast, tuesday):
        odd = claim(promise_call(cast.riverside, review_reasons=("odd_name",)), cast.ana)
        with pytest.raises(TransitionError):
            dial(odd, cast.ana)

    def test_without_a_number_is_refused(self, cast, tuesday):
        silent = promise_call(cast.riverside, phone=None, phone_is_valid=False)
        claim(silent, cast.ana)
        with pytest.raises(NoNumberRefusal):
            dial(silent, cast.ana)

    def test_looks_at_the_callers_wishes_once_more(self, cast, held):
        """Set while Ana already holds the callback."""
        do(set_contact_rule, held, RuleDraft(kind=RuleKind.DO_NOT_CALL), by=cast.ben)
        with pytest.raises(ContactForbiddenRefusal, match="asked not to be called"):
            dial(held, cast.ana)
        assert fresh(held).dial_started_at is None

    def test_twice_by_one_form_is_one_dial(self, cast, held):
        command_id = "0190a000-0000-7000-8000-000000000001"
        for _ in range(2):
            do(start_dial, held, by=cast.ana, command_id=command_id)
        assert Change.objects.filter(command=Command.START_DIAL).count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded(self, cast, held, trail):
        dial(held, cast.ana)
        (event,) = trail.events(CALLBACK_DIALLED)
        assert (event["object_id"], event["subject_id"]) == (str(held.pk), str(held.caller_id))


class TestAnUnfinishedCall:
    def test_is_told_to_the_next_taker(self, cast, dialled, tuesday):
        tuesday.shift(LEASE_IN_CALL)
        assert UNFINISHED not in fresh(dialled).flags
        assert UNFINISHED in claim(dialled, cast.ben).flags
        assert fresh(dialled).dial_started_at is None

    def test_is_told_to_the_old_holder(self, cast, dialled, tuesday):
        tuesday.shift(LEASE_IN_CALL)
        claim(dialled, cast.ben)
        asked = unfinished_dial(dialled, cast.ana, clock.now())
        assert (asked.made_at, asked.staff) == (OPEN_TUESDAY, cast.ana)
        assert unfinished_dial(dialled, cast.ben, clock.now()) is None

    @pytest.mark.parametrize("end", ["outcome", "release"])
    def test_is_none_once_its_caller_said_how_it_ended(self, cast, dialled, end):
        save(dialled, cast.ana, Outcome.NO_ANSWER) if end == "outcome" else release(dialled, cast.ana)
        assert not unfinished_dials(clock.now()).exists()
        assert UNFINISHED not in fresh(dialled).flags

    def test_of_ones_own_goes_on_when_the_same_person_takes_it_again(self, cast, dialled, tuesday):
        tuesday.shift(LEASE_IN_CALL)
        again = claim(dialled, cast.ana)
        assert (again.dial_started_at, again.flags) == (OPEN_TUESDAY, [])
        save(dialled, cast.ana, Outcome.NO_ANSWER)
        assert Attempt.objects.get().started_at == OPEN_TUESDAY

    def test_without_dialling_is_none(self, cast, held, tuesday):
        tuesday.shift(LEASE)
        assert UNFINISHED not in claim(held, cast.ben).flags

    def test_is_over_with_the_next_outcome_of_anybody(self, cast, dialled, tuesday):
        tuesday.shift(LEASE_IN_CALL)
        claim(dialled, cast.ben)
        save(dialled, cast.ben, Outcome.NO_ANSWER)
        assert UNFINISHED not in fresh(dialled).flags

    def test_is_asked_for_during_the_working_day_only(self, cast, dialled, tuesday):
        tuesday.shift(timedelta(hours=12))
        assert unfinished_dial(dialled, cast.ana, clock.now()) is None


class TestALateOutcome:
    @pytest.fixture
    def lost(self, dialled, tuesday):
        tuesday.shift(LEASE_IN_CALL)
        return dialled

    def test_moves_the_callback_on_where_nobody_did_anything_since(self, cast, lost):
        recorded = save(lost, cast.ana, Outcome.NO_ANSWER)
        assert recorded.attempt.is_late
        waiting = fresh(lost)
        assert (waiting.wait_reason, waiting.attempts_count, waiting.claimed_by) == ("retry", 1, None)
        assert (waiting.first_attempt_at, waiting.flags) == (OPEN_TUESDAY, [])

    def test_is_kept_beside_a_new_holder_whose_form_stays_good(self, cast, lost):
        theirs = claim(lost, cast.ben)
        recorded = save(lost, cast.ana, Outcome.VOICEMAIL_LEFT, version=lost.version)
        now = fresh(lost)
        assert (recorded.attempt.is_late, now.attempts_count, now.voicemails_count) == (True, 1, 1)
        assert (now.claimed_by, now.version, now.status, now.not_before) == (cast.ben, theirs.version, "open", None)
        assert recorded.sentence == "Recorded for your earlier call; the callback stays where it is now."
        save(lost, cast.ben, Outcome.BOOKED, version=theirs.version)
        assert [(a.seq, a.is_late) for a in Attempt.objects.order_by("seq")] == [(1, True), (2, False)]

    @pytest.mark.parametrize("outcome", [Outcome.BOOKED, Outcome.DO_NOT_CALL, Outcome.AGREED_TIME])
    def test_does_not_close_under_another_holders_hands(self, cast, lost, outcome):
        claim(lost, cast.ben)
        save(lost, cast.ana, outcome, agreed_at=local("2026-11-25 10:00"))
        assert (fresh(lost).status, fresh(lost).claimed_by) == (Status.OPEN, cast.ben)

    def test_that_says_do_not_call_stops_the_new_holders_dial(self, cast, lost):
        claim(lost, cast.ben)
        save(lost, cast.ana, Outcome.DO_NOT_CALL)
        with pytest.raises(ContactForbiddenRefusal):
            dial(lost, cast.ben)

    def test_stays_beside_what_others_decided(self, cast, lost):
        do(close_callback, lost, ClosedReason.CANCELLED, by=cast.ben)
        save(lost, cast.ana, Outcome.NO_ANSWER)
        done = fresh(lost)
        assert (done.status, done.closed_reason, done.attempts_count) == (Status.CLOSED, "cancelled", 1)

    def test_after_anothers_attempt_does_not_move_the_callback_again(self, cast, lost):
        claim(lost, cast.ben)
        save(lost, cast.ben, Outcome.NO_ANSWER)
        waiting = fresh(lost)
        save(lost, cast.ana, Outcome.BOOKED)
        assert (fresh(lost).not_before, fresh(lost).status) == (waiting.not_before, Status.OPEN)

    def test_is_accepted_once(self, cast, lost):
        save(lost, cast.ana, Outcome.NO_ANSWER)
        with pytest.raises(ClaimLostRefusal):
            save(lost, cast.ana, Outcome.NO_ANSWER)
        assert Attempt.objects.count() == 1

    def test_of_somebody_who_did_not_dial_is_refused(self, cast, lost):
        with pytest.raises(ClaimLostRefusal):
            save(lost, cast.ben, Outcome.NO_ANSWER)

    @pytest.mark.django_db(transaction=True)
    def test_says_so_on_the_trail(self, cast, dialled, tuesday, trail):
        tuesday.shift(LEASE_IN_CALL)
        save(dialled, cast.ana, Outcome.NO_ANSWER)
        (event,) = trail.events(ATTEMPT_RECORDED)
        assert event["details"]["late"] == 1

    @pytest.mark.django_db(transaction=True)
    def test_at_the_moment_somebody_claims_is_never_lost(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        dial(dana, cast.ana)
        tuesday.shift(LEASE_IN_CALL)
        late, theirs = at_once([lambda: save(dana, cast.ana, Outcome.NO_ANSWER), lambda: claim(dana, cast.ben)])
        assert late.attempt.is_late
        assert isinstance(theirs, Callback)
        now = fresh(dana)
        assert (now.attempts_count, now.claimed_by) == (1, cast.ben)


class TestATakeOver:
    def test_gives_a_new_claim_and_tells_the_old_holder(self, cast, held):
        taken = do(take_over, held, by=cast.sam, reason="Ana is called away")
        assert (taken.claimed_by, taken.claimed_at) == (cast.sam, OPEN_TUESDAY)
        assert taken.claim_token != held.claim_token
        with pytest.raises(ClaimLostRefusal, match=r"^Sam took it over from Ana 0 s ago\. You no longer hold"):
            beat(held, cast.ana)
        with pytest.raises(ClaimLostRefusal, match="Sam took it over"):
            save(held, cast.ana, Outcome.BOOKED, version=held.version)

    def test_is_a_supervisors_and_needs_a_reason(self, cast, held):
        with pytest.raises(NotAllowedRefusal):
            do(take_over, held, by=cast.ben, reason="I want it")
        with pytest.raises(ReasonMissingRefusal):
            do(take_over, held, by=cast.sam, reason="  ")
        assert fresh(held).claimed_by == cast.ana

    def test_by_somebody_who_talks_already_is_refused(self, cast, held):
        other = claim(promise_call(cast.riverside, first_name="Chen"), cast.sam)
        with pytest.raises(HoldingAnotherRefusal, match=other.ref):
            do(take_over, held, by=cast.sam, reason="both")

    def test_keeps_the_old_holders_draft(self, cast, held):
        do(keep_draft, held, "she asked about Thursday", by=cast.ana)
        do(take_over, held, by=cast.sam, reason="called away")
        with_draft = fresh(held)
        with service_scope("test", route="test"):
            assert read_draft(with_draft, user=cast.ana) == "she asked about Thursday"
            assert read_draft(with_draft, user=cast.sam) == ""

    def test_of_a_call_leaves_it_unfinished_and_its_outcome_welcome(self, cast, dialled):
        taken = do(take_over, dialled, by=cast.sam, reason="called away")
        assert (taken.flags, taken.dial_started_at) == ([UNFINISHED], None)
        assert save(dialled, cast.ana, Outcome.NO_ANSWER).attempt.is_late
        assert fresh(dialled).claimed_by == cast.sam

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded_without_its_reason(self, cast, held, trail):
        do(take_over, held, by=cast.sam, reason="Zqxreason")
        (event,) = trail.events(CALLBACK_TAKEN_OVER)
        assert event["fields"] == ["reason"]
        assert "Zqx" not in str(event)
        assert "Zqx" not in str(list(Change.objects.values()))

    @pytest.mark.django_db(transaction=True)
    def test_at_the_moment_the_holder_saves_one_of_the_two_wins_whole(self, cast, dana, tuesday):
        for _ in range(5):
            held = claim(dana, cast.ana)
            saved, taken = at_once(
                [
                    lambda held=held: save(held, cast.ana, Outcome.NO_ANSWER, version=held.version),
                    lambda held=held: do(take_over, held, by=cast.sam, reason="away", version=held.version),
                ]
            )
            now = fresh(dana)
            if isinstance(saved, ClaimLostRefusal):
                assert now.claimed_by == cast.sam
                release(dana, cast.sam)
            else:
                assert isinstance(taken, Exception)
                assert (now.claimed_by, now.wait_reason) == (None, "retry")
                put_away(dana, not_before=None)
