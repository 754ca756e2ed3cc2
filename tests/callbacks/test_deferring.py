"""Not now: skips, snoozes and agreed times, and who may set them (§2.3)."""

from datetime import timedelta

import pytest

from callbacks.models import Callback, Change, RuleKind
from callbacks.queries.contact_rules import ContactForbiddenRefusal
from callbacks.queries.ready import QUEUE_ORDER, ready_callbacks
from callbacks.scheduling.ladder import AgreedTimeError, Outcome
from callbacks.services.claiming import LEASE
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.services.deferring import SkipReason, TimeRefusal, agree_time, skip_callback, snooze_callback
from callbacks.services.refusals import (
    AlreadyClaimedRefusal,
    ClaimLostRefusal,
    OutdatedFormRefusal,
    ReservedRefusal,
)
from callbacks.states import Command, TransitionError
from lib import clock
from tests.callbacks.desk import call_next, claim, do, fresh, local, promise_calls, save
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call

WHY = SkipReason.NEEDS_COLLEAGUE


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana; due on Wednesday at 10:02."""
    return claim(dana, cast.ana)


def order() -> list[str]:
    return [callback.ref for callback in Callback.objects.order_by(*QUEUE_ORDER)]


class TestASkip:
    def test_rests_for_a_quarter_of_an_hour_and_is_no_attempt(self, cast, held, tuesday):
        skipped = do(skip_callback, held, WHY, by=cast.ana)
        assert (skipped.claimed_by, skipped.wait_reason, skipped.skips_count) == (None, "hold", 1)
        assert skipped.not_before == OPEN_TUESDAY + timedelta(minutes=15)
        assert (skipped.attempts_count, skipped.due_at, skipped.promised_by) == (0, held.due_at, held.promised_by)
        assert call_next(cast.riverside, cast.ben) is None
        tuesday.shift(timedelta(minutes=15))
        assert call_next(cast.riverside, cast.ben) == held

    def test_comes_last_in_its_group_afterwards(self, cast, tuesday):
        first, second, third = promise_calls(cast.riverside, 3)
        claim(first, cast.ana)
        do(skip_callback, first, WHY, by=cast.ana)
        tuesday.shift(timedelta(minutes=15))
        assert order() == [second.ref, third.ref, first.ref]
        urgent = promise_call(cast.riverside, phone="+12025550177", urgency="urgent")
        assert order() == [urgent.ref, second.ref, third.ref, first.ref]

    def test_for_the_third_time_is_told_to_the_supervisor(self, cast, dana, tuesday):
        for expected in ([], [], ["skipped_often"]):
            claim(dana, cast.ana)
            assert do(skip_callback, dana, WHY, by=cast.ana).flags == expected
            tuesday.shift(timedelta(minutes=15))

    def test_is_forgotten_with_the_next_attempt(self, cast, dana, tuesday):
        for _ in range(3):
            claim(dana, cast.ana)
            do(skip_callback, dana, WHY, by=cast.ana)
            tuesday.shift(timedelta(minutes=15))
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        assert (fresh(dana).skips_count, fresh(dana).flags) == (0, [])

    def test_is_the_holders_alone(self, cast, held, tuesday):
        for person in (cast.ben, cast.sam):
            with pytest.raises(ClaimLostRefusal):
                do(skip_callback, held, WHY, by=person)
        tuesday.shift(LEASE)
        with pytest.raises(ClaimLostRefusal):
            do(skip_callback, held, WHY, by=cast.ana)

    def test_of_an_earlier_version_or_one_under_review_is_refused(self, cast, held, tuesday):
        with pytest.raises(OutdatedFormRefusal):
            do(skip_callback, held, WHY, by=cast.ana, version=held.version - 1)
        odd = claim(promise_call(cast.riverside, first_name="Ed", review_reasons=("odd_name",)), cast.ben)
        with pytest.raises(TransitionError):
            do(skip_callback, odd, WHY, by=cast.ben)

    def test_sent_twice_counts_once(self, cast, held):
        form = {"command_id": "0190a000-0000-7000-8000-000000000002", "version": held.version}
        for _ in range(2):
            do(skip_callback, held, WHY, by=cast.ana, **form)
        assert (fresh(held).skips_count, Change.objects.filter(command=Command.SKIP).count()) == (1, 1)


class TestASnooze:
    def test_waits_until_then(self, cast, held, tuesday):
        until = local("2026-11-24 14:00")
        snoozed = do(snooze_callback, held, until, by=cast.ana)
        assert (snoozed.not_before, snoozed.wait_reason, snoozed.claimed_by) == (until, "snooze", None)
        assert snoozed.due_at == held.due_at
        tuesday.move_to(until)
        assert call_next(cast.riverside, cast.ben) == held

    def test_beyond_the_due_time_is_a_supervisors(self, cast, held):
        late = held.due_at + timedelta(minutes=1)
        with pytest.raises(TimeRefusal, match="It is due tomorrow 10:02; only a supervisor"):
            do(snooze_callback, held, late, by=cast.ana)
        assert do(snooze_callback, held, held.due_at, by=cast.ana).not_before == held.due_at
        assert do(snooze_callback, held, late, by=cast.sam).not_before == late

    @pytest.mark.parametrize("until", ["2026-11-24 10:12", "2027-03-01 10:00"])
    def test_into_the_past_or_far_away_is_refused(self, cast, held, until):
        with pytest.raises(TimeRefusal):
            do(snooze_callback, held, local(until), by=cast.ana)

    def test_without_a_claim_is_a_supervisors_and_not_of_what_others_hold(self, cast, dana):
        until = local("2026-11-24 14:00")
        with pytest.raises(ClaimLostRefusal):
            do(snooze_callback, dana, until, by=cast.ana)
        claim(dana, cast.ana)
        with pytest.raises(AlreadyClaimedRefusal, match="Ana claimed it 0 s ago"):
            do(snooze_callback, dana, until, by=cast.sam)


class TestAnAgreedTime:
    AT = "2026-11-25 14:00"

    def test_is_due_fifteen_minutes_later_and_reserved_for_who_agreed(self, cast, held):
        agreed = do(agree_time, held, local(self.AT), by=cast.ana)
        assert (agreed.not_before, agreed.due_at) == (local(self.AT), local("2026-11-25 14:15"))
        assert (agreed.preferred_agent, agreed.reserved_until) == (cast.ana, local("2026-11-25 14:10"))
        assert (agreed.wait_reason, agreed.claimed_by, agreed.attempts_count) == ("agreed", None, 0)
        assert agreed.promised_by == held.promised_by

    @pytest.mark.parametrize("way", ["service", "outcome"])
    def test_is_dealt_to_nobody_else_for_ten_minutes(self, cast, held, tuesday, way):
        if way == "service":
            do(agree_time, held, local(self.AT), by=cast.ana)
        else:
            save(held, cast.ana, Outcome.AGREED_TIME, agreed_at=local(self.AT))
        tuesday.move_to(local(self.AT))
        assert call_next(cast.riverside, cast.ben) is None
        assert list(ready_callbacks(cast.riverside, clock.now())) == []
        with pytest.raises(ReservedRefusal, match="Ana will call this person; it is free for all at 14:10"):
            claim(held, cast.ben)
        tuesday.shift(timedelta(minutes=10))
        assert call_next(cast.riverside, cast.ben) == held

    def test_is_dealt_to_who_agreed_and_open_to_the_supervisor(self, cast, held, tuesday):
        do(agree_time, held, local(self.AT), by=cast.ana)
        tuesday.move_to(local(self.AT))
        assert call_next(cast.riverside, cast.ana) == held
        save(held, cast.ana, Outcome.AGREED_TIME, agreed_at=local("2026-11-25 15:00"))
        tuesday.move_to(local("2026-11-25 15:00"))
        assert claim(held, cast.sam).claimed_by == cast.sam

    @pytest.mark.parametrize("at", ["2026-11-24 10:00", "2026-11-24 12:30", "2026-11-28 10:00"])
    def test_that_cannot_be_kept_is_refused(self, cast, held, at):
        with pytest.raises(AgreedTimeError):
            do(agree_time, held, local(at), by=cast.ana)

    def test_outside_the_hours_the_caller_allowed_is_refused(self, cast, held):
        hours = RuleDraft(kind=RuleKind.ONLY_HOURS, only_from=15 * 60, only_to=17 * 60)
        do(set_contact_rule, held, hours, by=cast.ana)
        with pytest.raises(ContactForbiddenRefusal, match="15:00-17:00 only"):
            do(agree_time, held, local(self.AT), by=cast.ana)
        assert do(agree_time, held, local("2026-11-25 15:30"), by=cast.ana).wait_reason == "agreed"

    def test_more_than_ninety_days_away_is_refused(self, cast, held):
        with pytest.raises(TimeRefusal, match="90 days"):
            do(agree_time, held, local("2027-04-01 14:00"), by=cast.ana)
