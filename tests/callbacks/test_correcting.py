"""Misheard names and numbers: put right in review, and the callback finds the caller it belongs to (§1)."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from audit.events import CALLBACK_CORRECTED, CALLBACK_VIEWED
from callbacks.models import Callback, Concern, RuleKind
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.services.correcting import Correction, NothingCorrectedRefusal, correct_caller
from callbacks.services.escalating import escalate_callback
from callbacks.services.merging import NotTheSameCallerRefusal, merge_callback
from callbacks.services.refusals import (
    AlreadyClaimedRefusal,
    ClaimLostRefusal,
    NotAllowedRefusal,
    OutdatedFormRefusal,
)
from callbacks.services.reviewing import ReviewDecision
from callbacks.states import Status, TransitionError
from tests.callbacks.desk import claim, dial, do, fresh, local, review
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call
from vault.reveal import reveal

RIGHT = Correction(phone="+12135550123")


@pytest.fixture
def odd(cast, tuesday):
    """A number that was misheard, under review by Ana."""
    found = promise_call(
        cast.riverside,
        phone="555-0123",
        phone_is_valid=False,
        called_from="+12025550143",
        review_reasons=("invalid_number",),
    )
    return claim(found, cast.ana)


def told(callback):
    with service_scope("test", route="test", tag=CALLBACK_VIEWED):
        return reveal(callback, "first_name", "phone", "phone_tail")


class TestANumber:
    def test_put_right_is_sealed_and_can_be_dialled(self, cast, odd):
        right = do(correct_caller, odd, RIGHT, by=cast.ana)
        assert told(right) == ("Dana", "+12135550123", "23")
        assert (right.phone_is_valid, right.called_from_differs) == (True, True)
        assert right.zone_names == ["America/Los_Angeles"]
        assert right.caller != odd.caller
        assert right.caller.is_recognisable
        review(odd, cast.ana, ReviewDecision.CALL)
        assert dial(odd, cast.ana).dial_started_at is not None

    def test_moves_the_due_time_to_its_zone_and_never_the_promise(self, cast, tuesday):
        tuesday.move_to(local("2026-11-24 09:00"))
        east = promise_call(
            cast.riverside,
            phone="12",
            phone_is_valid=False,
            review_reasons=("invalid_number",),
            received_at=local("2026-11-24 09:00"),
        )
        claim(east, cast.ana)
        right = do(correct_caller, east, RIGHT, by=cast.ana)
        assert (right.due_at, right.promised_by) == (local("2026-11-24 17:00"), east.promised_by)

    def test_of_the_caller_who_rang_is_recognised_from_then_on(self, cast, odd):
        do(correct_caller, odd, RIGHT, by=cast.ana)
        again = promise_call(cast.riverside, phone="+12135550123")
        assert (again.pk, again.repeat_count) == (odd.pk, 2)

    def test_that_is_a_waiting_callers_joins_the_two(self, cast, odd):
        waiting = promise_call(cast.riverside, phone="+12135550123")
        kept = do(correct_caller, odd, RIGHT, by=cast.ana)
        assert kept.pk == waiting.pk
        stays = fresh(odd)
        assert (stays.status, stays.closed_reason, stays.merged_into, stays.claimed_by) == (
            Status.CLOSED,
            "duplicate_merged",
            waiting,
            None,
        )
        assert fresh(waiting).repeat_count == 2

    def test_shared_with_another_name_joins_nothing(self, cast, odd):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12135550123")
        assert do(correct_caller, odd, RIGHT, by=cast.ana).pk == odd.pk
        assert fresh(eli).repeat_count == 1

    def test_that_asked_not_to_be_called_is_one_more_reason_for_review(self, cast, odd):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12135550123")
        do(set_contact_rule, eli, RuleDraft(kind=RuleKind.DO_NOT_CALL), by=cast.ana)
        right = do(correct_caller, odd, RIGHT, by=cast.ana)
        assert right.review_reasons == ["do_not_call", "invalid_number"]


def test_a_name_is_put_right_and_the_number_stays(cast, tuesday):
    misheard = promise_call(cast.riverside, first_name="Dena", review_reasons=("odd_name",))
    claim(misheard, cast.ana)
    right = do(correct_caller, misheard, Correction(first_name="Dana"), by=cast.ana)
    assert told(right)[:2] == ("Dana", "+12025550143")
    assert promise_call(cast.riverside, first_name="Dana").pk == misheard.pk


class TestARefusal:
    def test_of_nothing(self, cast, odd):
        with pytest.raises(NothingCorrectedRefusal):
            do(correct_caller, odd, Correction(), by=cast.ana)

    def test_of_who_does_not_hold_it_or_typed_on_an_old_page(self, cast, odd):
        with pytest.raises(ClaimLostRefusal):
            do(correct_caller, odd, RIGHT, by=cast.ben)
        with pytest.raises(OutdatedFormRefusal):
            do(correct_caller, odd, RIGHT, by=cast.ana, version=1)

    def test_once_the_review_is_over(self, cast, dana):
        claim(dana, cast.ana)
        with pytest.raises(TransitionError):
            do(correct_caller, dana, RIGHT, by=cast.ana)


@pytest.mark.django_db(transaction=True)
def test_the_event_names_fields_and_no_values(cast, odd, trail):
    do(correct_caller, odd, Correction(first_name="Zqxname", phone="+12135550123"), by=cast.ana)
    (event,) = trail.events(CALLBACK_CORRECTED)
    assert event["fields"] == ["first_name", "phone"]
    assert event["details"] == {"caller_before": str(odd.caller_id)}
    assert not {"Zqx", "5550123"} & {word for word in ("Zqx", "5550123") if word in str(event)}


class TestADuplicate:
    @pytest.fixture
    def twins(self, cast, dana):
        """The same person under two numbers."""
        return dana, promise_call(cast.riverside, phone="+12025550188", urgency="urgent")

    def test_is_put_into_the_other_by_a_supervisor(self, cast, twins):
        one, other = twins
        do(merge_callback, other, into=one, by=cast.sam)
        kept = fresh(one)
        assert (kept.urgency, kept.priority_group, kept.repeat_count) == ("urgent", 0, 2)
        assert kept.due_at == min(one.due_at, other.due_at)
        assert (fresh(other).closed_reason, fresh(other).merged_into) == ("duplicate_merged", one)

    def test_is_a_supervisors_and_not_of_what_somebody_holds(self, cast, twins):
        one, other = twins
        with pytest.raises(NotAllowedRefusal):
            do(merge_callback, other, into=one, by=cast.ana)
        claim(other, cast.ben)
        with pytest.raises(AlreadyClaimedRefusal):
            do(merge_callback, other, into=one, by=cast.sam)

    def test_never_joins_a_household_two_clinics_or_itself(self, cast, dana):
        eli = promise_call(cast.riverside, first_name="Eli")
        foreign = promise_call(cast.hilltop)
        for target in (eli, foreign, dana):
            with pytest.raises(NotTheSameCallerRefusal):
                do(merge_callback, dana, into=target, by=cast.sam)
        assert Callback.objects.exclude(status=Status.CLOSED).count() == 3

    def test_brings_its_clinical_concern_along(self, cast, twins, tuesday):
        one, other = twins
        claim(one, cast.ana)
        do(escalate_callback, other, words="Zqxpain", by=cast.ben)
        do(merge_callback, other, into=one, by=cast.sam)
        kept = fresh(one)
        assert (kept.status, kept.due_at) == (Status.ESCALATED, OPEN_TUESDAY + timedelta(minutes=15))
        concern = Concern.objects.get()
        assert (concern.callback, concern.settled_at, concern.due_before) == (
            one,
            None,
            min(one.due_at, other.due_at),
        )
        with service_scope("test", route="test", tag=CALLBACK_VIEWED):
            assert reveal(concern, "words") == ("Zqxpain",)

    def test_leaves_one_concern_open_where_both_had_one(self, cast, twins):
        one, other = twins
        for callback in twins:
            do(escalate_callback, callback, by=cast.ben)
        do(merge_callback, other, into=one, by=cast.sam)
        assert Concern.objects.get(settled_at=None).callback == one

    def test_leaves_the_form_of_who_holds_the_kept_one_good(self, cast, twins):
        one, other = twins
        held = claim(one, cast.ana)
        do(merge_callback, other, into=one, by=cast.sam)
        assert (fresh(one).version, fresh(one).claimed_by) == (held.version, cast.ana)
