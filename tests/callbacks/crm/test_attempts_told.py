"""Attempts, told one by one where a target is switched to it: a Communication each, once, with nothing of the caller."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fhir.resources.R4B.communication import Communication

from audit.events import CALLBACK_DISCLOSED
from callbacks.crm.reconciling import want_reconciling
from callbacks.crm.targets.fhir_communication import NOT_DONE
from callbacks.models import Callback, CrmTarget, SyncStatus
from callbacks.scheduling.ladder import Outcome
from callbacks.services.undoing import undo_change
from tests.callbacks.crm.lanes import is_synced, later, settle, state_of, sync
from tests.callbacks.desk import claim, do, save


@pytest.fixture
def switched(chart: CrmTarget, told: Callback) -> CrmTarget:
    CrmTarget.objects.update(sends_attempts=True)
    chart.refresh_from_db()
    return chart


def tried(cast, callback, *outcomes: Outcome, now) -> None:
    for outcome in outcomes:
        claim(callback, cast.ana)
        save(callback, cast.ana, outcome)
        now.shift(timedelta(hours=1))


class TestWhatIsTold:
    @pytest.mark.parametrize(
        ("outcome", "status"), [(Outcome.NO_ANSWER, "not-done"), (Outcome.VOICEMAIL_LEFT, "completed")]
    )
    def test_is_a_valid_communication_on_the_task_and_says_how_it_ended_and_when(
        self, cast, server, switched, told, tuesday, outcome, status
    ):
        claim(told, cast.ana)
        save(told, cast.ana, outcome, note="Zqxnote")
        settle(switched, tuesday)
        (kept,) = server.communications
        Communication.model_validate(kept)
        (task,) = server.tasks_of(told.pk)
        assert kept["status"] == status
        assert kept["basedOn"] == [{"reference": f"Task/{task['id']}"}]
        assert kept["statusReason"]["coding"][0]["code"] == outcome.value
        assert set(kept) == {"resourceType", "id", "identifier", "basedOn", "status", "statusReason", "category",
                             "medium", "sent"}  # fmt: skip
        for never in ("Dana", "5550143", "Zqxnote", "ana"):
            assert never not in str(kept)
        assert is_synced(told, switched)

    def test_every_outcome_is_one_or_the_other(self):
        assert set(Outcome) > NOT_DONE

    def test_is_a_disclosure_of_its_own_on_the_trail(self, cast, server, switched, told, tuesday, trail):
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        sync(switched)
        (event,) = [found for found in trail.events(CALLBACK_DISCLOSED) if found["object_kind"] == "attempt"]
        assert event["object_id"] == str(told.attempts.get().pk)
        assert event["details"]["fields"] == ["last_outcome", "last_attempt_at"]

    def test_nothing_unless_it_is_switched_on_and_both_fields_may_leave(self, cast, server, chart, told, tuesday):
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        sync(chart)
        CrmTarget.objects.update(sends_attempts=True, fields=["last_outcome"])
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        sync(chart)
        assert is_synced(told, chart)
        assert server.communications == []

    def test_one_that_was_taken_back_is_never_told(self, cast, server, switched, told, tuesday):
        last = uuid4()
        claim(told, cast.ana)
        save(told, cast.ana, Outcome.WRONG_NUMBER, command_id=last)
        sync(switched)
        do(undo_change, told, by=cast.ana, undone=last)
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        sync(switched)
        assert [kept["statusReason"]["coding"][0]["code"] for kept in server.communications] == ["no_answer"]


class TestOnce:
    @pytest.mark.parametrize("fault", ["lost", "truncated", "endless", "html", "hung", "500", "429"])
    def test_whatever_becomes_of_the_answer(self, cast, server, switched, told, tuesday, fault):
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        server.scripted = lambda method: method == "POST"
        server.script = [fault]
        later(tuesday, switched)
        assert len(server.communications) == 1
        assert is_synced(told, switched)
        puts = [request for request in server.seen if request[0] == "PUT"]
        assert len(puts) == 1, "the Task was taken; only its attempt is sent again"

    def test_those_from_before_the_switch_come_too_a_few_at_a_time(self, cast, server, chart, told, tuesday):
        tried(cast, told, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.BUSY, now=tuesday)
        CrmTarget.objects.update(sends_attempts=True)
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        assert sync(chart) == 2, "two claims: no claim outlasts its lease"
        assert len(server.communications) == 4
        assert state_of(told, chart).attempts_told == 4
        assert is_synced(told, chart)

    def test_and_a_comparison_makes_none_twice(self, cast, server, switched, told, tuesday):
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        sync(switched)
        server.change(server.tasks_of(told.pk)[0]["id"], priority="stat")
        want_reconciling()
        settle(switched, tuesday)
        assert is_synced(told, switched)
        assert len(server.communications) == 1

    def test_one_that_is_refused_is_a_dead_letter_that_says_what_is_lacking(
        self, cast, server, switched, told, tuesday
    ):
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        server.scripted = lambda method: method == "POST"
        server.script = ["422"]
        sync(switched)
        state = state_of(told, switched)
        assert (state.status, state.unsent_fields) == (SyncStatus.DEAD, ["last_attempt_at", "last_outcome"])


class TestTheServer:
    def test_that_cannot_create_by_condition_is_stopped_before_anything_is_sent(
        self, cast, server, switched, told, tuesday
    ):
        server.takes_communications = False
        tried(cast, told, Outcome.NO_ANSWER, now=tuesday)
        CrmTarget.objects.update(is_check_wanted=True)
        sync(switched)
        switched.refresh_from_db()
        assert switched.paused_code == "no_communication"
        assert server.communications == []
