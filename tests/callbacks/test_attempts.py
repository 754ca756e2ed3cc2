"""Outcomes: each is stored once, moves the callback as the ladder says, and never loses what was typed (§2.4, §2.7)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.background import service_scope
from audit.events import ATTEMPT_RECORDED, CALLBACK_VIEWED
from audit.models import Finding
from callbacks.models import Attempt, Callback
from callbacks.scheduling.ladder import AgreedTimeError, Outcome
from callbacks.services.attempts import preview_step
from callbacks.services.claiming import LEASE
from callbacks.services.ordering import priority_of
from callbacks.services.refusals import ClaimLostRefusal, OutdatedFormRefusal, ReasonMissingRefusal
from callbacks.states import Status, TransitionError
from lib import clock
from tests.callbacks.desk import claim, local, release, save
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.policies.callers import promise_call
from vault.reveal import reveal


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana."""
    return claim(dana, cast.ana)


def fresh(callback: Callback) -> Callback:
    return Callback.objects.get(pk=callback.pk)


def call_and(callback: Callback, user, outcome: Outcome, **form) -> Callback:
    """Claim and save; the callback afterwards."""
    claim(callback, user)
    save(callback, user, outcome, **form)
    return fresh(callback)


CLOSING = {
    Outcome.BOOKED: "booked",
    Outcome.RESOLVED_NO_APPOINTMENT: "resolved_no_appointment",
    Outcome.DECLINED: "declined",
    Outcome.DO_NOT_CALL: "do_not_call",
}


@pytest.mark.parametrize("outcome", CLOSING)
def test_what_settles_it_closes_it_with_its_reason(cast, held, outcome):
    save(held, cast.ana, outcome)
    done = fresh(held)
    assert (done.status, done.closed_reason, done.closed_at) == (Status.CLOSED, CLOSING[outcome], OPEN_TUESDAY)
    assert (done.claimed_by, done.regroup_at, done.not_before) == (None, None, None)
    assert done.reached_at == OPEN_TUESDAY
    assert done.attempts_count == 1


# Outcome -> when the next try begins, and whether this one counts; Tuesday 10:12, Dana asked for mornings.
WAITING = {
    Outcome.NO_ANSWER: ("2026-11-24 13:12", True),
    Outcome.VOICEMAIL_UNAVAILABLE: ("2026-11-24 13:12", True),
    Outcome.VOICEMAIL_LEFT: ("2026-11-25 08:00", True),
    Outcome.MESSAGE_WITH_PERSON: ("2026-11-25 08:00", True),
    Outcome.HUNG_UP: ("2026-11-25 08:00", True),
    Outcome.IDENTITY_NOT_CONFIRMED: ("2026-11-25 08:00", True),
    Outcome.BUSY: ("2026-11-24 10:22", False),
    Outcome.CALL_FAILED: ("2026-11-24 10:27", False),
}


@pytest.mark.parametrize("outcome", WAITING)
def test_what_did_not_reach_the_caller_waits_for_its_next_try(cast, held, outcome):
    begins, counts = WAITING[outcome]
    recorded = save(held, cast.ana, outcome)
    waiting = fresh(held)
    assert (waiting.status, waiting.wait_reason) == (Status.OPEN, "retry")
    assert waiting.not_before == local(begins)
    assert waiting.due_at > waiting.not_before
    assert (waiting.target_from, waiting.target_to) == (waiting.not_before, waiting.due_at)
    assert waiting.attempts_count == counts
    assert waiting.voicemails_count == (outcome is Outcome.VOICEMAIL_LEFT)
    assert waiting.promised_by == held.promised_by
    assert (waiting.last_outcome, waiting.last_attempt_by, waiting.claimed_by) == (outcome, cast.ana, None)
    assert recorded.sentence.startswith("Will be tried again")


def test_an_interpreter_is_called_for_at_once(cast, held):
    save(held, cast.ana, Outcome.LANGUAGE_BARRIER)
    assert (fresh(held).status, fresh(held).not_before, fresh(held).attempts_count) == (Status.OPEN, None, 0)


def test_a_clinical_concern_goes_to_the_nurse_within_fifteen_open_minutes(cast, held):
    save(held, cast.ana, Outcome.CLINICAL_CONCERN)
    with_nurse = fresh(held)
    assert (with_nurse.status, with_nurse.priority_group) == (Status.ESCALATED, 0)
    assert with_nurse.due_at == OPEN_TUESDAY + timedelta(minutes=15)


@pytest.mark.parametrize("outcome", [Outcome.NOT_IN_SERVICE, Outcome.WRONG_NUMBER])
def test_a_wrong_number_is_reviewed_and_the_second_time_closed(cast, held, outcome):
    save(held, cast.ana, outcome)
    odd = fresh(held)
    assert (odd.status, odd.review_reasons) == (Status.NEEDS_REVIEW, [outcome.value])
    Callback.objects.update(status=Status.OPEN)
    assert call_and(held, cast.ana, outcome).closed_reason == outcome.value


def test_three_failed_calls_go_to_review_and_none_of_them_counts(cast, dana, tuesday):
    for expected in (Status.OPEN, Status.OPEN, Status.NEEDS_REVIEW):
        after = call_and(dana, cast.ana, Outcome.CALL_FAILED)
        assert (after.status, after.attempts_count) == (expected, 0)
        tuesday.shift(timedelta(minutes=20))


def test_four_tries_over_days_end_as_not_reached_and_say_why_no_message_was_left(cast, dana, tuesday):
    for made in (1, 2, 3):
        after = call_and(dana, cast.ana, Outcome.NO_ANSWER)
        assert (after.attempts_count, after.status) == (made, Status.OPEN)
        tuesday.move_to(after.not_before)
    claim(dana, cast.ana)
    assert preview_step(fresh(dana), Outcome.NO_ANSWER, now=clock.now()).reason_required
    for blank in ("", "   "):
        with pytest.raises(ReasonMissingRefusal):
            save(dana, cast.ana, Outcome.NO_ANSWER, note=blank)
    assert Attempt.objects.count() == 3
    save(dana, cast.ana, Outcome.NO_ANSWER, note="The mailbox is full.")
    assert (fresh(dana).status, fresh(dana).closed_reason) == (Status.CLOSED, "unreachable")


def test_with_a_voicemail_left_no_reason_is_asked_for(cast, dana, tuesday):
    for outcome in (Outcome.VOICEMAIL_LEFT, Outcome.NO_ANSWER, Outcome.NO_ANSWER):
        tuesday.move_to(call_and(dana, cast.ana, outcome).not_before)
    assert call_and(dana, cast.ana, Outcome.NO_ANSWER).closed_reason == "unreachable"


def test_an_urgent_caller_not_reached_three_times_goes_to_the_nurse(cast, tuesday):
    urgent = promise_call(cast.riverside, urgency="urgent")
    for expected in (Status.OPEN, Status.OPEN, Status.ESCALATED):
        after = call_and(urgent, cast.ana, Outcome.NO_ANSWER)
        assert after.status == expected
        tuesday.shift(timedelta(minutes=20))


class TestAPossibleDisclosure:
    def test_is_a_finding_of_the_officers_whatever_the_outcome_and_says_nothing_more(self, cast, held):
        save(held, cast.ana, Outcome.WRONG_NUMBER, is_possible_disclosure=True, note="a neighbour heard the reason")
        finding = Finding.objects.get()
        assert (finding.kind, finding.clinic_id) == ("callback:call:possible-disclosure", cast.riverside.pk)
        assert (finding.about_kind, finding.about_id, finding.details) == ("callback", str(held.pk), {})

    def test_by_a_form_sent_twice_is_one(self, cast, held):
        version, command_id = fresh(held).version, uuid4()
        for _ in range(2):
            form = {"version": version, "command_id": command_id, "is_possible_disclosure": True}
            save(held, cast.ana, Outcome.WRONG_NUMBER, **form)
        assert Finding.objects.get().count == 1

    def test_is_ticked_on_the_page(self, cast, dana):
        ana = cast.browser("ana")
        claim(dana, cast.ana)
        form = {"outcome": "wrong_number", "possible_disclosure": "on", "command_id": str(uuid4())}
        # A page of an earlier version comes back with the tick.
        refused = ana.post(f"/callbacks/{dana.pk}/outcome", form | {"version": "99"})
        assert refused.status_code == 409
        assert 'name="possible_disclosure" autocomplete="off" checked' in refused.content.decode()
        assert not Finding.objects.exists()
        ana.post(f"/callbacks/{dana.pk}/outcome", form | {"version": str(fresh(dana).version)})
        assert Finding.objects.get().about_id == str(dana.pk)


class TestAnAgreedTime:
    def test_is_kept_to_within_fifteen_minutes(self, cast, held):
        recorded = save(held, cast.ana, Outcome.AGREED_TIME, agreed_at=local("2026-11-25 10:00"))
        waiting = fresh(held)
        assert (waiting.not_before, waiting.due_at) == (local("2026-11-25 10:00"), local("2026-11-25 10:15"))
        assert (waiting.wait_reason, waiting.attempts_count) == ("agreed", 0)
        assert recorded.sentence == "Will be called at the agreed time, tomorrow 10:00."

    def test_comes_up_first_when_it_is_due(self, cast, held, tuesday):
        save(held, cast.ana, Outcome.AGREED_TIME, agreed_at=local("2026-11-24 11:00"))
        tuesday.move_to(local("2026-11-24 11:00"))
        assert priority_of(fresh(held), clock.now()).group == 1

    @pytest.mark.parametrize("agreed_at", [None, "2026-11-24 10:12", "2026-11-24 09:00", "2026-11-25 12:30"])
    def test_that_cannot_be_kept_is_refused_and_changes_nothing(self, cast, held, agreed_at):
        with pytest.raises(AgreedTimeError):
            save(held, cast.ana, Outcome.AGREED_TIME, agreed_at=agreed_at and local(agreed_at))
        assert Attempt.objects.count() == 0
        assert fresh(held).claimed_by == cast.ana


class TestAForm:
    def test_sent_twice_counts_once(self, cast, held):
        command_id = uuid4()
        first = save(held, cast.ana, Outcome.NO_ANSWER, command_id=command_id, version=held.version)
        again = save(held, cast.ana, Outcome.NO_ANSWER, command_id=command_id, version=held.version)
        assert again.attempt == first.attempt
        assert Attempt.objects.count() == 1
        assert fresh(held).attempts_count == 1

    def test_sent_twice_at_the_same_moment_counts_once(self, cast, transactional_db, tuesday):
        dana = promise_call(cast.riverside)
        held = claim(dana, cast.ana)
        command_id = uuid4()
        found = at_once(
            [lambda: save(held, cast.ana, Outcome.NO_ANSWER, command_id=command_id, version=held.version)] * 6
        )
        assert len({recorded.attempt.pk for recorded in found}) == 1
        assert Attempt.objects.count() == 1

    def test_of_one_callback_does_not_fit_another(self, cast, held):
        other = promise_call(cast.riverside, first_name="Chen")
        command_id = uuid4()
        save(held, cast.ana, Outcome.NO_ANSWER, command_id=command_id)
        claim(other, cast.ana)
        with pytest.raises(OutdatedFormRefusal):
            save(other, cast.ana, Outcome.BOOKED, command_id=command_id)
        assert fresh(other).status == Status.OPEN

    def test_made_for_an_earlier_version_is_refused(self, cast, held):
        release(held, cast.ana)
        claim(held, cast.ana)
        with pytest.raises(OutdatedFormRefusal):
            save(held, cast.ana, Outcome.BOOKED, version=held.version)
        assert Attempt.objects.count() == 0

    def test_of_somebody_who_holds_nothing_is_refused(self, cast, held, tuesday):
        with pytest.raises(ClaimLostRefusal):
            save(held, cast.ben, Outcome.BOOKED)
        tuesday.shift(LEASE)
        with pytest.raises(ClaimLostRefusal):
            save(held, cast.ana, Outcome.BOOKED)
        assert Attempt.objects.count() == 0

    def test_for_a_callback_under_review_is_refused(self, cast, tuesday):
        odd = promise_call(cast.riverside, review_reasons=("odd_name",))
        claim(odd, cast.ana)
        with pytest.raises(TransitionError):
            save(odd, cast.ana, Outcome.NO_ANSWER)

    def test_moves_the_callback_to_its_next_version(self, cast, held):
        save(held, cast.ana, Outcome.NO_ANSWER)
        assert fresh(held).version == held.version + 1


def test_tries_are_numbered_and_a_note_is_sealed(cast, dana, tuesday):
    for seq in (1, 2):
        after = call_and(dana, cast.ana, Outcome.NO_ANSWER, note=f"Zqxnote {seq}")
        tuesday.move_to(after.not_before)
    assert list(dana.attempts.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert "Zqxnote" not in str(list(Attempt.objects.values()))
    with service_scope("test", route="test", tag=CALLBACK_VIEWED):
        assert reveal(dana.attempts.get(seq=2), "note") == ("Zqxnote 2",)


@pytest.mark.django_db(transaction=True)
def test_the_event_says_what_happened_and_not_what_was_noted(cast, held, trail):
    save(held, cast.ana, Outcome.NO_ANSWER, note="Zqxnote")
    (event,) = trail.events(ATTEMPT_RECORDED)
    assert event["details"] == {"outcome": "no_answer", "action": "retry", "attempt": 1}
    assert event["fields"] == ["note", "outcome"]
    assert "Zqx" not in str(event)
