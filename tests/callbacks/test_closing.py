"""Endings without a call, and second thoughts: cancel, helped elsewhere, reopen (§2.3)."""

from datetime import timedelta

import pytest

from callbacks.models import Callback, Concern, RuleKind
from callbacks.scheduling.ladder import Outcome
from callbacks.services.closing import (
    ReasonNotOfferedRefusal,
    TooLateRefusal,
    close_callback,
    reopen_callback,
)
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.services.escalating import escalate_callback
from callbacks.services.refusals import AlreadyClaimedRefusal, NotAllowedRefusal, OutdatedFormRefusal
from callbacks.states import ClosedReason, Status, TransitionError
from lib import clock
from tests.callbacks.desk import call_next, claim, do, fresh, save
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call

CANCELLED, ELSEWHERE = ClosedReason.CANCELLED, ClosedReason.RESOLVED_ELSEWHERE


class TestClosing:
    @pytest.mark.parametrize("reason", [CANCELLED, ELSEWHERE])
    def test_is_anybodys_when_the_caller_said_so(self, cast, dana, reason):
        done = do(close_callback, dana, reason, by=cast.ana)
        assert (done.status, done.closed_reason, done.closed_at) == (Status.CLOSED, reason, OPEN_TUESDAY)
        assert (done.attempts_count, done.regroup_at) == (0, None)

    @pytest.mark.parametrize("reason", [ClosedReason.TEST_CALL, ClosedReason.UNREACHABLE, ClosedReason.WRONG_NUMBER])
    def test_with_other_reasons_is_a_supervisors(self, cast, dana, reason):
        with pytest.raises(NotAllowedRefusal):
            do(close_callback, dana, reason, by=cast.ana)
        assert do(close_callback, dana, reason, by=cast.sam).closed_reason == reason

    @pytest.mark.parametrize("reason", [ClosedReason.BOOKED, ClosedReason.DUPLICATE_MERGED])
    def test_with_an_outcomes_reason_is_refused(self, cast, dana, reason):
        with pytest.raises(ReasonNotOfferedRefusal):
            do(close_callback, dana, reason, by=cast.sam)

    def test_of_what_a_colleague_holds_is_refused(self, cast, dana):
        claim(dana, cast.ben)
        for person in (cast.ana, cast.sam, None):
            with pytest.raises(AlreadyClaimedRefusal, match="Ben claimed it"):
                do(close_callback, dana, ELSEWHERE, by=person)
        assert do(close_callback, dana, ELSEWHERE, by=cast.ben).claimed_by is None

    def test_by_the_system_has_no_person(self, cast, dana):
        do(close_callback, dana, ELSEWHERE, by=None)
        assert dana.changes.get().staff is None

    def test_by_cancelling_settles_a_clinical_concern_and_nothing_else_closes_it(self, cast, dana):
        do(escalate_callback, dana, by=cast.ana)
        with pytest.raises(TransitionError):
            do(close_callback, dana, ELSEWHERE, by=cast.ana)
        do(close_callback, dana, CANCELLED, by=cast.ana)
        assert Concern.objects.get().settled_at == OPEN_TUESDAY

    def test_twice_is_refused(self, cast, dana):
        do(close_callback, dana, CANCELLED, by=cast.ana)
        with pytest.raises(TransitionError, match="closed already"):
            do(close_callback, dana, CANCELLED, by=cast.ana)


class TestReopening:
    @pytest.fixture
    def closed(self, cast, dana):
        return do(close_callback, dana, CANCELLED, by=cast.ana)

    def test_keeps_the_original_clocks_and_says_so(self, cast, dana, closed, tuesday):
        tuesday.shift(timedelta(days=2))
        again = do(reopen_callback, dana, by=cast.sam)
        assert (again.status, again.closed_reason, again.closed_at) == (Status.OPEN, "", None)
        assert (again.promised_by, again.due_at, again.flags) == (dana.promised_by, dana.due_at, ["reopened"])
        assert call_next(cast.riverside, cast.ana) == dana

    def test_is_a_supervisors_within_seven_days(self, cast, closed, tuesday):
        with pytest.raises(NotAllowedRefusal):
            do(reopen_callback, closed, by=cast.ana)
        tuesday.shift(timedelta(days=7))
        assert do(reopen_callback, closed, by=cast.sam).status == Status.OPEN
        done = do(close_callback, closed, CANCELLED, by=cast.ana)
        tuesday.shift(timedelta(days=7, seconds=1))
        with pytest.raises(TooLateRefusal):
            do(reopen_callback, done, by=cast.sam)

    def test_of_an_open_one_or_an_earlier_version_is_refused(self, cast, dana, closed):
        with pytest.raises(OutdatedFormRefusal, match="Ana closed it: cancelled by the caller 0 s ago"):
            do(reopen_callback, dana, by=cast.sam, version=1)
        do(reopen_callback, dana, by=cast.sam)
        with pytest.raises(TransitionError):
            do(reopen_callback, dana, by=cast.sam)

    def test_of_a_caller_who_waits_again_merges_the_two(self, cast, dana, closed, tuesday):
        tuesday.shift(timedelta(hours=3))
        newer = promise_call(cast.riverside)
        assert newer.pk != dana.pk
        kept = do(reopen_callback, dana, by=cast.sam)
        assert kept.pk == newer.pk
        stays, kept = fresh(dana), fresh(newer)
        assert (stays.status, stays.closed_reason, stays.merged_into) == (Status.CLOSED, "duplicate_merged", newer)
        assert (kept.promised_by, kept.repeat_count) == (dana.promised_by, 2)
        assert Callback.objects.exclude(status=Status.CLOSED).count() == 1

    def test_of_one_that_nobody_may_or_can_dial_is_for_review(self, cast, tuesday):
        silent = promise_call(cast.riverside, phone=None, phone_is_valid=False, review_reasons=("missing_number",))
        do(close_callback, silent, CANCELLED, by=cast.ana)
        assert do(reopen_callback, silent, by=cast.sam).status == Status.NEEDS_REVIEW
        unwilling = promise_call(cast.riverside, first_name="Uma")
        claim(unwilling, cast.ana)
        save(unwilling, cast.ana, Outcome.DO_NOT_CALL)
        again = do(reopen_callback, unwilling, by=cast.sam)
        assert (again.status, again.review_reasons) == (Status.NEEDS_REVIEW, ["do_not_call"])


class TestACallerWhoRingsAgain:
    def test_soon_after_the_end_is_linked_to_it(self, cast, dana, tuesday):
        do(close_callback, dana, CANCELLED, by=cast.ana)
        tuesday.shift(timedelta(hours=71))
        again = promise_call(cast.riverside)
        assert (again.again_after, again.repeat_count) == (dana, 1)

    def test_after_three_days_or_of_another_name_is_not(self, cast, dana, tuesday):
        do(close_callback, dana, CANCELLED, by=cast.ana)
        assert promise_call(cast.riverside, first_name="Eli").again_after is None
        tuesday.shift(timedelta(hours=72))
        assert promise_call(cast.riverside).again_after is None

    def test_while_a_retry_waits_is_called_now(self, cast, dana):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        waiting = fresh(dana)
        again = promise_call(cast.riverside)
        assert (again.pk, again.not_before, again.wait_reason) == (dana.pk, None, "none")
        assert again.due_at <= waiting.due_at
        assert call_next(cast.riverside, cast.ben) == dana

    def test_while_somebody_talks_to_them_keeps_that_form_good(self, cast, dana):
        held = claim(dana, cast.ana)
        again = promise_call(cast.riverside, urgency="urgent")
        assert (again.claimed_by, again.version, again.urgency) == (cast.ana, held.version, "urgent")
        save(dana, cast.ana, Outcome.BOOKED, version=held.version)

    def test_keeps_an_agreed_time_unless_it_became_urgent(self, cast, dana):
        claim(dana, cast.ana)
        agreed = clock.now() + timedelta(hours=4)
        save(dana, cast.ana, Outcome.AGREED_TIME, agreed_at=agreed)
        assert promise_call(cast.riverside).not_before == agreed
        urgent = promise_call(cast.riverside, urgency="urgent")
        assert (urgent.not_before, urgent.preferred_agent, urgent.priority_group) == (None, None, 0)


def test_a_rule_about_hours_survives_reopening(cast, dana):
    hours = RuleDraft(kind=RuleKind.ONLY_HOURS, only_from=900, only_to=960)
    do(set_contact_rule, dana, hours, by=cast.ana)
    do(close_callback, dana, CANCELLED, by=cast.ana)
    assert do(reopen_callback, dana, by=cast.sam).status == Status.OPEN
