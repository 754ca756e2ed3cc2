"""Wishes about being called: looked at when a call comes in, when a caller is dealt, and again at the dial (§1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.background import service_scope
from audit.events import CALLBACK_VIEWED, CONTACT_RULE_LIFTED, CONTACT_RULE_SET
from callbacks.models import Callback, ContactRule, RuleKind, RuleSource
from callbacks.queries.contact_rules import ContactForbiddenRefusal, rules_of
from callbacks.queries.display_states import with_display_state
from callbacks.scheduling.ladder import Outcome
from callbacks.services.contact_rules import RuleDraft, RuleRefusal, lift_contact_rule, set_contact_rule
from callbacks.services.refusals import NotAllowedRefusal
from callbacks.states import Status
from lib import clock
from tests.callbacks.desk import call_next, claim, dial, do, fresh, local, save
from tests.crowd import at_once
from tests.policies.callers import promise_call
from vault.reveal import reveal

DO_NOT_CALL = RuleDraft(kind=RuleKind.DO_NOT_CALL)
EVENINGS = RuleDraft(kind=RuleKind.ONLY_HOURS, only_from=15 * 60, only_to=17 * 60)


def lift(rule, user):
    with service_scope("test", route="test"):
        lift_contact_rule(rule, acting_user=user)


def close(callback):
    Callback.objects.filter(pk=callback.pk).update(
        status="closed", closed_reason="booked", closed_at=clock.now(), claimed_by=None, claim_token=None,
        claimed_at=None, lease_expires_at=None, dial_started_at=None,
    )  # fmt: skip


class TestDoNotCall:
    def test_as_an_outcome_writes_the_rule_and_closes(self, cast, dana):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.DO_NOT_CALL)
        rule = ContactRule.objects.get()
        assert (rule.kind, rule.source, rule.set_by, rule.caller) == (
            RuleKind.DO_NOT_CALL,
            RuleSource.OUTCOME,
            cast.ana,
            dana.caller,
        )
        assert (fresh(dana).status, fresh(dana).closed_reason) == (Status.CLOSED, "do_not_call")

    def test_sends_a_later_call_of_that_number_to_review(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.DO_NOT_CALL)
        for name in ("Dana", "Eli"):
            again = promise_call(cast.riverside, first_name=name)
            assert (again.status, again.review_reasons) == (Status.NEEDS_REVIEW, ["do_not_call"])

    def test_is_one_clinics_matter(self, cast, dana):
        do(set_contact_rule, dana, DO_NOT_CALL, by=cast.ana)
        assert promise_call(cast.hilltop).status == Status.OPEN

    def test_sends_the_households_waiting_callbacks_to_review(self, cast, dana):
        eli = promise_call(cast.riverside, first_name="Eli")
        stranger = promise_call(cast.riverside, first_name="Fay", phone="+12025550161")
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.DO_NOT_CALL)
        assert (fresh(eli).status, fresh(eli).review_reasons) == (Status.NEEDS_REVIEW, ["do_not_call"])
        assert fresh(stranger).status == Status.OPEN
        assert eli.changes.get().staff == cast.ana

    def test_leaves_whoever_talks_on_that_line_able_to_save(self, cast, dana):
        eli = claim(promise_call(cast.riverside, first_name="Eli"), cast.ben)
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.DO_NOT_CALL)
        with pytest.raises(ContactForbiddenRefusal):
            dial(eli, cast.ben)
        save(eli, cast.ben, Outcome.BOOKED, version=eli.version)

    def test_takes_the_caller_off_the_deal(self, cast, dana):
        do(set_contact_rule, dana, DO_NOT_CALL, by=cast.ana)
        assert call_next(cast.riverside, cast.ana) is None
        (row,) = with_display_state(Callback.objects.all(), cast.riverside, clock.now())
        assert row.display_state == "closed_hours"

    def test_noted_twice_is_one_rule(self, cast, dana):
        first = do(set_contact_rule, dana, DO_NOT_CALL, by=cast.ana)
        assert do(set_contact_rule, dana, DO_NOT_CALL, by=cast.ben) == first

    @pytest.mark.django_db(transaction=True)
    def test_noted_by_two_of_one_household_at_once_is_one_rule(self, cast, tuesday):
        dana, eli = promise_call(cast.riverside), promise_call(cast.riverside, first_name="Eli")
        found = at_once(
            [lambda c=c: do(set_contact_rule, c, DO_NOT_CALL, by=cast.ana) for c in (dana, eli, dana, eli)]
        )
        assert {type(rule) for rule in found} == {ContactRule}
        assert ContactRule.objects.count() == 1

    def test_is_lifted_by_a_supervisor_only(self, cast, dana):
        rule = do(set_contact_rule, dana, DO_NOT_CALL, by=cast.ana)
        with pytest.raises(NotAllowedRefusal):
            lift(rule, cast.ana)
        lift(rule, cast.sam)
        assert call_next(cast.riverside, cast.ana) == dana

    def test_without_a_number_is_refused_and_as_an_outcome_only_closes(self, cast, tuesday):
        silent = promise_call(cast.riverside, phone="555-0123", phone_is_valid=False)
        with pytest.raises(RuleRefusal):
            do(set_contact_rule, silent, DO_NOT_CALL, by=cast.ana)
        claim(silent, cast.ana)
        save(silent, cast.ana, Outcome.DO_NOT_CALL)
        assert (fresh(silent).status, ContactRule.objects.count()) == (Status.CLOSED, 0)


class TestOnlyHours:
    def test_deals_the_caller_within_them(self, cast, dana, tuesday):
        do(set_contact_rule, dana, EVENINGS, by=cast.ana)
        assert call_next(cast.riverside, cast.ana) is None
        tuesday.move_to(local("2026-11-24 15:00"))
        assert call_next(cast.riverside, cast.ana) == dana

    @pytest.mark.parametrize(
        ("when", "allowed"), [("14:59", False), ("15:00", True), ("16:59", True), ("17:00", False)]
    )
    def test_end_at_their_last_minute(self, cast, dana, tuesday, when, allowed):
        do(set_contact_rule, dana, EVENINGS, by=cast.ana)
        tuesday.move_to(local(f"2026-11-24 {when}"))
        claim(dana, cast.ana)
        if allowed:
            assert dial(dana, cast.ana).dial_started_at == clock.now()
        else:
            with pytest.raises(ContactForbiddenRefusal, match=r"called 15:00-17:00 only\."):
                dial(dana, cast.ana)

    @pytest.mark.parametrize(("begins", "ends"), [(None, None), (600, 600), (700, 600), (600, None)])
    def test_that_are_none_are_refused(self, cast, dana, begins, ends):
        with pytest.raises(RuleRefusal):
            do(
                set_contact_rule,
                dana,
                RuleDraft(kind=RuleKind.ONLY_HOURS, only_from=begins, only_to=ends),
                by=cast.ana,
            )


class TestAnyRule:
    def test_expires(self, cast, dana, tuesday):
        soon = RuleDraft(kind=RuleKind.NO_VOICEMAIL, expires_at=clock.now() + timedelta(days=1))
        do(set_contact_rule, dana, soon, by=cast.ana)
        assert rules_of(dana, clock.now()).no_voicemail
        assert not rules_of(dana, clock.now() + timedelta(days=1)).no_voicemail
        with pytest.raises(RuleRefusal, match="ended already"):
            do(set_contact_rule, dana, RuleDraft(kind=RuleKind.NO_SMS, expires_at=clock.now()), by=cast.ana)

    def test_gives_way_to_a_newer_one_of_its_kind_and_stays_to_be_read(self, cast, dana):
        do(set_contact_rule, dana, EVENINGS, by=cast.ana)
        do(set_contact_rule, dana, RuleDraft(kind=RuleKind.ONLY_HOURS, only_from=480, only_to=600), by=cast.ben)
        assert rules_of(dana, clock.now()).hours_text == "08:00-10:00"
        assert ContactRule.objects.count() == 2

    def test_of_another_number_is_sealed_and_found(self, cast, dana):
        with pytest.raises(RuleRefusal):
            do(set_contact_rule, dana, RuleDraft(kind=RuleKind.ALTERNATIVE_NUMBER), by=cast.ana)
        do(
            set_contact_rule,
            dana,
            RuleDraft(kind=RuleKind.ALTERNATIVE_NUMBER, alt_number="+12025550199"),
            by=cast.ana,
        )
        assert "5550199" not in str(list(ContactRule.objects.values()))
        alternative = rules_of(dana, clock.now()).alternative
        with service_scope("test", route="test", tag=CALLBACK_VIEWED):
            assert reveal(alternative, "alt_number") == ("+12025550199",)

    @pytest.mark.django_db(transaction=True)
    def test_is_recorded_when_set_and_when_lifted(self, cast, dana, trail):
        rule = do(set_contact_rule, dana, RuleDraft(kind=RuleKind.NO_SMS), by=cast.ana)
        lift(rule, cast.ana)
        lift(rule, cast.ana)
        (was_set,), (lifted,) = trail.events(CONTACT_RULE_SET), trail.events(CONTACT_RULE_LIFTED)
        assert was_set["details"] == {"kind": "no_sms", "source": "caller"}
        assert (lifted["object_id"], lifted["subject_id"]) == (str(rule.pk), str(dana.caller_id))

    @pytest.mark.parametrize(
        "broken",
        [
            {"kind": "only_hours", "only_from": 600, "only_to": None},
            {"kind": "only_hours", "only_from": 700, "only_to": 600},
            {"kind": "no_sms", "only_from": 1, "only_to": 2},
            {"kind": "alt_number"},
            {"phone_index": ""},
        ],
    )
    def test_that_says_nothing_is_kept_by_no_table(self, cast, dana, broken):
        row = {"kind": "no_sms", "phone_index": dana.caller.phone_index} | broken
        with pytest.raises(IntegrityError), transaction.atomic():
            ContactRule.objects.create(
                clinic=cast.riverside, caller=dana.caller, source="caller", set_by=cast.ana, set_at=clock.now(), **row
            )
