"""Taken back within thirty seconds: clocks, counts and notes come back, and nobody else's work is touched (§2.3, §2.7)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.background import service_scope
from audit.events import CHANGE_UNDONE
from callbacks.models import Attempt, Callback, Change, Concern, ContactRule
from callbacks.scheduling.ladder import Outcome
from callbacks.services.acting import RESTORED
from callbacks.services.claiming import LEASE_IN_CALL
from callbacks.services.closing import close_callback
from callbacks.services.deferring import SkipReason, agree_time, skip_callback, snooze_callback
from callbacks.services.drafting import keep_draft, read_draft
from callbacks.services.escalating import escalate_callback, resolve_concern
from callbacks.services.refusals import OutdatedFormRefusal
from callbacks.services.reviewing import ReviewDecision
from callbacks.services.undoing import NotUndoableRefusal, undo_change, undoable_change
from callbacks.states import ClosedReason, Status, TransitionError
from lib import clock
from tests.callbacks.desk import call_next, claim, dial, do, fresh, local, review, save
from tests.crowd import at_once
from tests.policies.callers import promise_call
from vault.fields import sealed_fields

NOT_RESTORED = (
    "claimed_by_id",
    "claim_token",
    "claimed_at",
    "lease_expires_at",
    "dial_started_at",
    "version",
    "updated_at",
)


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana."""
    return claim(dana, cast.ana)


def columns(callback: Callback) -> dict:
    row = Callback.objects.filter(pk=callback.pk).values().get()
    return {name: value for name, value in row.items() if name not in NOT_RESTORED}


def last(callback: Callback):
    return callback.changes.order_by("-made_at", "-pk").first().command_id


def undo(callback: Callback, user, undone=None):
    return do(undo_change, callback, undone=undone or last(callback), by=user)


def saved(outcome):
    return lambda held, user: save(held, user, outcome, note="typed", agreed_at=local("2026-11-25 10:00"))


ACTS = {
    **{outcome.value: saved(outcome) for outcome in Outcome if outcome is not Outcome.CLINICAL_CONCERN},
    "skip": lambda held, user: do(skip_callback, held, SkipReason.INTERRUPTED, by=user),
    "snooze": lambda held, user: do(snooze_callback, held, local("2026-11-24 14:00"), by=user),
    "agree": lambda held, user: do(agree_time, held, local("2026-11-24 14:00"), by=user),
    "cancel": lambda held, user: do(close_callback, held, ClosedReason.CANCELLED, by=user),
    "elsewhere": lambda held, user: do(close_callback, held, ClosedReason.RESOLVED_ELSEWHERE, by=user),
}


@pytest.mark.parametrize("act", ACTS)
def test_everything_is_as_it_was_before_the_act(cast, held, act):
    before = columns(held)
    ACTS[act](held, cast.ana)
    assert columns(held) != before
    undo(held, cast.ana)
    assert columns(held) == before
    assert fresh(held).claimed_by == cast.ana
    assert not Attempt.objects.standing().exists()
    assert not ContactRule.objects.in_force(clock.now()).exists()


class TestAfterwards:
    def test_the_person_is_back_in_their_call_with_their_note(self, cast, held, tuesday):
        dial(held, cast.ana)
        save(held, cast.ana, Outcome.BOOKED, note="she comes on Friday")
        tuesday.shift(timedelta(seconds=30))
        again = undo(held, cast.ana)
        assert (again.claimed_by, again.dial_started_at) == (cast.ana, clock.now() - timedelta(seconds=30))
        assert again.lease_expires_at == clock.now() + LEASE_IN_CALL
        with service_scope("test", route="test"):
            assert read_draft(again, user=cast.ana) == "she comes on Friday"
        save(held, cast.ana, Outcome.NO_ANSWER)
        assert [(a.seq, a.outcome, bool(a.undone_at)) for a in Attempt.objects.order_by("seq")] == [
            (1, "booked", True),
            (2, "no_answer", False),
        ]
        assert fresh(held).attempts_count == 1

    def test_somebody_who_skipped_in_a_call_is_back_in_it(self, cast, held, tuesday):
        dial(held, cast.ana)
        tuesday.shift(timedelta(seconds=5))
        do(skip_callback, held, SkipReason.INTERRUPTED, by=cast.ana)
        again = undo(held, cast.ana)
        assert (again.dial_started_at, again.skips_count) == (clock.now() - timedelta(seconds=5), 0)

    def test_a_newer_draft_is_not_overwritten(self, cast, held):
        save(held, cast.ana, Outcome.BOOKED, note="older")
        do(keep_draft, held, "newer", by=cast.ana)
        again = undo(held, cast.ana)
        with service_scope("test", route="test"):
            assert read_draft(again, user=cast.ana) == "newer"

    def test_somebody_who_holds_the_next_caller_keeps_that_one(self, cast, held):
        other = promise_call(cast.riverside, first_name="Chen")
        save(held, cast.ana, Outcome.BOOKED)
        claim(other, cast.ana)
        again = undo(held, cast.ana)
        assert (again.status, again.claimed_by) == (Status.OPEN, None)
        assert fresh(other).claimed_by == cast.ana

    def test_the_same_form_sent_again_does_not_save_anew(self, cast, held):
        command_id = uuid4()
        save(held, cast.ana, Outcome.BOOKED, command_id=command_id)
        undo(held, cast.ana)
        save(held, cast.ana, Outcome.BOOKED, command_id=command_id)
        assert fresh(held).status == Status.OPEN

    def test_a_review_that_was_closed_is_under_review_again(self, cast, tuesday):
        odd = claim(promise_call(cast.riverside, review_reasons=("odd_name",)), cast.ana)
        review(odd, cast.ana, ReviewDecision.TEST_CALL)
        assert undo(odd, cast.ana).status == Status.NEEDS_REVIEW

    def test_a_resolved_concern_is_with_the_nurse_again(self, cast, dana):
        do(escalate_callback, dana, by=cast.ana)
        do(resolve_concern, dana, reason="done", by=cast.nadia)
        assert undo(dana, cast.nadia).status == Status.ESCALATED
        assert Concern.objects.get().settled_at is None

    @pytest.mark.django_db(transaction=True)
    def test_the_trail_holds_both(self, cast, held, trail):
        save(held, cast.ana, Outcome.BOOKED)
        undo(held, cast.ana)
        (event,) = trail.events(CHANGE_UNDONE)
        assert event["details"] == {"command": "record_outcome"}


class TestWhatIsRefused:
    def test_after_thirty_seconds(self, cast, held, tuesday):
        save(held, cast.ana, Outcome.BOOKED)
        tuesday.shift(timedelta(seconds=30, microseconds=1))
        with pytest.raises(NotUndoableRefusal):
            undo(held, cast.ana)

    def test_by_somebody_else(self, cast, held):
        save(held, cast.ana, Outcome.BOOKED)
        for person in (cast.ben, cast.sam):
            with pytest.raises(NotUndoableRefusal):
                undo(held, person)

    def test_twice(self, cast, held):
        save(held, cast.ana, Outcome.BOOKED)
        undone = last(held)
        undo(held, cast.ana, undone)
        with pytest.raises(NotUndoableRefusal):
            undo(held, cast.ana, undone)

    def test_when_somebody_claimed_it_since(self, cast, held):
        do(skip_callback, held, SkipReason.INTERRUPTED, by=cast.ana)
        undone = last(held)
        Callback.objects.update(not_before=None)
        claim(held, cast.ben)
        with pytest.raises(OutdatedFormRefusal, match=r"^Ben claimed it 0 s ago\. It can no longer be taken back\.$"):
            undo(held, cast.ana, undone)
        assert fresh(held).claimed_by == cast.ben

    def test_when_it_is_with_the_clinical_team(self, cast, held):
        save(held, cast.ana, Outcome.CLINICAL_CONCERN)
        with pytest.raises(TransitionError, match="clinical team"):
            undo(held, cast.ana)

    def test_of_what_is_of_no_such_kind_or_another_callbacks(self, cast, held):
        other = promise_call(cast.riverside, first_name="Chen")
        save(held, cast.ana, Outcome.BOOKED)
        with pytest.raises(NotUndoableRefusal):
            undo(other, cast.ana, last(held))
        dial(claim(other, cast.ana), cast.ana)
        with pytest.raises(NotUndoableRefusal):
            undo(other, cast.ana)
        with pytest.raises(NotUndoableRefusal):
            undo(held, cast.ana, uuid4())


class TestARepeatCallInBetween:
    def test_to_the_waiting_callback_keeps_its_effect(self, cast, held):
        save(held, cast.ana, Outcome.NO_ANSWER)
        undone = last(held)
        promise_call(cast.riverside, urgency="urgent", received_at=clock.now(), review_reasons=("odd_name",))
        again = undo(held, cast.ana, undone)
        assert (again.urgency, again.repeat_count, again.review_reasons) == ("urgent", 2, ["odd_name"])
        assert again.due_at == clock.now() + timedelta(minutes=30)
        assert again.attempts_count == 0

    def test_that_opened_a_new_callback_merges_the_two(self, cast, held):
        save(held, cast.ana, Outcome.BOOKED)
        undone = last(held)
        newer = promise_call(cast.riverside, urgency="urgent")
        kept = undo(held, cast.ana, undone)
        assert kept.pk == newer.pk
        assert (fresh(held).status, fresh(held).merged_into) == (Status.CLOSED, newer)
        assert fresh(newer).promised_by == held.promised_by
        assert not Attempt.objects.standing().exists()

    @pytest.mark.django_db(transaction=True)
    def test_at_the_same_moment_leaves_one_open_callback(self, cast, tuesday):
        for n in range(4):
            dana = promise_call(cast.riverside, first_name=f"Dana{'abcd'[n]}")
            held = claim(dana, cast.ana)
            save(held, cast.ana, Outcome.BOOKED)
            undone = last(held)
            found = at_once(
                [
                    lambda dana=dana, undone=undone: undo(dana, cast.ana, undone),
                    lambda n=n: promise_call(cast.riverside, first_name=f"Dana{'abcd'[n]}"),
                ]
            )
            assert all(isinstance(one, Callback) for one in found), found
            assert Callback.objects.filter(caller=dana.caller).exclude(status=Status.CLOSED).count() == 1
            Callback.objects.filter(claimed_by=cast.ana).update(
                claimed_by=None, claim_token=None, claimed_at=None, lease_expires_at=None
            )


@pytest.mark.django_db(transaction=True)
def test_undo_and_claim_at_the_same_moment_one_of_them_wins(cast, tuesday):
    for n in range(6):
        dana = promise_call(cast.riverside, first_name=f"Dana{'abcdef'[n]}", preferred_window="any")
        held = claim(dana, cast.ana)
        do(snooze_callback, held, clock.now() + timedelta(microseconds=1), by=cast.ana)
        undone = last(dana)
        tuesday.shift(timedelta(seconds=1))
        undone_, claimed = at_once(
            [lambda dana=dana, undone=undone: undo(dana, cast.ana, undone), lambda dana=dana: claim(dana, cast.ben)]
        )
        holder = fresh(dana).claimed_by
        if isinstance(claimed, Callback):
            assert (holder, type(undone_)) == (cast.ben, OutdatedFormRefusal)
        else:
            assert holder == cast.ana
        Callback.objects.filter(pk=dana.pk).update(
            claimed_by=None, claim_token=None, claimed_at=None, lease_expires_at=None, dial_started_at=None
        )


class TestTheOffer:
    def test_stands_for_thirty_seconds_for_who_acted(self, cast, held, tuesday):
        save(held, cast.ana, Outcome.BOOKED)
        assert undoable_change(cast.ana, clock.now()).command_id == last(held)
        assert undoable_change(cast.ben, clock.now()) is None
        tuesday.shift(timedelta(seconds=30))
        assert undoable_change(cast.ana, clock.now()) is None

    def test_does_not_stand_where_it_would_be_refused(self, cast, held):
        save(held, cast.ana, Outcome.CLINICAL_CONCERN)
        assert undoable_change(cast.ana, clock.now()) is None
        other = claim(promise_call(cast.riverside, first_name="Chen"), cast.ana)
        do(skip_callback, other, SkipReason.INTERRUPTED, by=cast.ana)
        Callback.objects.update(not_before=None)
        call_next(cast.riverside, cast.ben)
        assert undoable_change(cast.ana, clock.now()) is None


def test_what_is_kept_to_be_restored_holds_nothing_sealed(cast, held):
    sealed = {field.attname for field in sealed_fields(Callback)}
    assert not sealed & set(RESTORED)
    save(held, cast.ana, Outcome.NO_ANSWER, note="Zqxnote")
    (change,) = Change.objects.filter(command="record_outcome")
    assert set(change.before) <= set(RESTORED)
    assert "Dana" not in str(change.before)
