"""The FHIR R4 target: valid Tasks, conditional creates, versions; and what was ended there ends here."""

import pytest
from fhir.resources.R4B.task import Task

from audit.models import Finding
from callbacks.crm.targets.fhir_task import _STATUS_OF_END, _STATUS_OF_STATE
from callbacks.models import CrmTarget, SyncStatus
from callbacks.scheduling.ladder import Outcome
from callbacks.services.closing import close_callback, reopen_callback
from callbacks.states import ClosedReason, DisplayState, Status
from tests.callbacks.crm.lanes import is_synced, later, settle, state_of, sync
from tests.callbacks.desk import beat, claim, do, fresh, save


class TestWhatIsWritten:
    def test_is_a_valid_task_with_nothing_but_what_may_leave(self, cast, server, chart, told, tuesday):
        claim(told, cast.ana)
        save(told, cast.ana, Outcome.NO_ANSWER)
        settle(chart, tuesday)
        (task,) = server.tasks_of(told.pk)
        Task.model_validate(task)
        assert task["status"] == "on-hold"
        assert task["intent"] == "order"
        given = {entry["type"]["coding"][0]["code"]: entry for entry in task["input"]}
        assert given["callback-number"]["valueContactPoint"] == {"system": "phone", "value": "+12025550143"}
        assert given["first-name"]["valueString"] == "Dana"
        assert "for" not in task
        assert "note" not in task

    def test_leaves_out_what_may_not_leave(self, server, chart, dana, tuesday):
        CrmTarget.objects.update(fields=["due_at"])
        settle(chart, tuesday)
        (task,) = server.tasks_of(dana.pk)
        assert "Dana" not in str(task)
        assert "5550143" not in str(task)
        Task.model_validate(task)

    def test_has_a_status_for_every_state_and_every_end(self):
        assert set(_STATUS_OF_END) == set(ClosedReason)
        assert set(_STATUS_OF_STATE) == set(DisplayState) - {DisplayState.CLOSED}

    def test_names_no_caller_in_an_address(self, server, chart, told):
        assert [path for _, path, *_ in server.seen if "Dana" in path or "555" in path] == []


class TestVersions:
    @pytest.mark.parametrize("stale_status", [412, 409])
    def test_what_others_added_stays(self, cast, server, chart, told, tuesday, stale_status):
        server.stale_status = stale_status
        (task,) = server.tasks_of(told.pk)
        server.change(
            task["id"], owner={"display": "Front desk pool"}, identifier=[*task["identifier"], {"value": "T-7"}]
        )
        claim(told, cast.ana)
        settle(chart, tuesday)
        (task,) = server.tasks_of(told.pk)
        assert (task["status"], task["owner"]) == ("in-progress", {"display": "Front desk pool"})
        assert {"value": "T-7"} in task["identifier"]
        assert is_synced(told, chart)

    def test_a_server_that_returns_nothing_is_known_by_its_headers(self, cast, server, chart, dana, tuesday):
        server.returns_nothing = True
        settle(chart, tuesday)
        claim(dana, cast.ana)
        settle(chart, tuesday)
        (task,) = server.tasks_of(dana.pk)
        assert task["status"] == "in-progress"
        assert task["meta"]["versionId"] == "2"

    @pytest.mark.parametrize("fault", ["lost", "truncated", "endless", "html", "hung", "500"])
    def test_an_answer_that_was_lost_is_searched_before_anything_is_made(self, server, chart, dana, tuesday, fault):
        server.script = [fault]
        later(tuesday, chart)
        assert len(server.tasks_of(dana.pk)) == 1
        assert is_synced(dana, chart)
        creates = [request for request in server.seen if request[0] == "POST"]
        assert len(creates) == (1 if fault in {"lost", "truncated", "endless", "html"} else 2)

    def test_two_tasks_of_one_callback_are_a_persons_to_sort_out(self, server, chart, dana, tuesday):
        identifier = [{"system": "urn:ringback:callback", "value": str(dana.pk)}]
        for task_id in ("a", "b"):
            server._keep(task_id, {"resourceType": "Task", "identifier": identifier})
        settle(chart, tuesday)
        state = state_of(dana, chart)
        assert (state.status, state.last_error_code) == (SyncStatus.DEAD, "many_matches")


class TestTheServer:
    @pytest.mark.parametrize(
        ("change", "code"),
        [({"interactions": ("read", "search-type")}, "no_task"), ({"version": "5.0.0"}, "not_fhir_r4")],
    )
    def test_that_cannot_is_refused_before_anything_is_sent(self, server, chart, dana, tuesday, change, code):
        vars(server).update(change)
        CrmTarget.objects.update(is_check_wanted=True)
        settle(chart, tuesday)
        chart.refresh_from_db()
        assert (chart.check_code, chart.paused_code) == (code, code)
        assert server.tasks == {}

    def test_that_can_says_so(self, server, chart, tuesday):
        CrmTarget.objects.update(is_check_wanted=True)
        sync(chart)
        chart.refresh_from_db()
        assert (chart.check_code, chart.is_check_wanted) == ("ok", False)

    def test_that_lets_nobody_look_is_sent_to_all_the_same_and_that_is_said_once(self, server, chart, dana, tuesday):
        server.scripted = lambda method: method == "GET"
        server.script = ["403"]
        settle(chart, tuesday)
        chart.refresh_from_db()
        assert (chart.polled_until, chart.paused_code) == (None, "")
        assert Finding.objects.get(kind="crm:target:misconfigured").details["code"] == "http_403"
        assert is_synced(dana, chart)


class TestEndedThere:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [("completed", ClosedReason.RESOLVED_ELSEWHERE), ("cancelled", ClosedReason.CANCELLED)],
    )
    def test_ends_here_unless_somebody_holds_it(self, server, chart, told, tuesday, status, reason):
        (task,) = server.tasks_of(told.pk)
        server.change(task["id"], status=status)
        settle(chart, tuesday)
        assert (fresh(told).status, fresh(told).closed_reason) == (Status.CLOSED, reason)
        later(tuesday, chart)
        assert is_synced(told, chart)
        assert len(server.tasks_of(told.pk)) == 1

    def test_shows_a_banner_to_whoever_holds_it_and_changes_nothing(self, cast, server, chart, told, tuesday):
        claim(told, cast.ana)
        settle(chart, tuesday)
        (task,) = server.tasks_of(told.pk)
        server.change(task["id"], status="completed")
        beat(told, cast.ana)
        settle(chart, tuesday)
        assert fresh(told).status == Status.OPEN
        assert state_of(told, chart).remote_ended_as == "completed"
        page = cast.browser("ana").get(f"/callbacks/{told.pk}").content.decode()
        assert "The CRM says that this was done there." in page

    def test_meets_a_change_of_ours_and_comes_first(self, cast, server, chart, told, tuesday):
        claim(told, cast.ana)
        save(told, cast.ana, Outcome.NO_ANSWER)
        (task,) = server.tasks_of(told.pk)
        server.change(task["id"], status="completed")
        CrmTarget.objects.update(polled_until=None)
        settle(chart, tuesday)
        assert fresh(told).closed_reason == ClosedReason.RESOLVED_ELSEWHERE

    def test_can_be_reopened_and_is_not_ended_by_the_same_news_again(self, cast, server, chart, told, tuesday):
        (task,) = server.tasks_of(told.pk)
        server.change(task["id"], status="completed")
        settle(chart, tuesday)
        do(reopen_callback, told, by=cast.sam)
        later(tuesday, chart)
        assert fresh(told).status == Status.OPEN
        assert server.tasks_of(told.pk)[0]["status"] == "requested"

    def test_our_own_end_is_an_echo(self, cast, server, chart, told, tuesday):
        do(close_callback, told, ClosedReason.CANCELLED, by=cast.ana)
        settle(chart, tuesday)
        version = state_of(told, chart).wanted_version
        later(tuesday, chart)
        assert state_of(told, chart).wanted_version == version
        assert fresh(told).closed_reason == ClosedReason.CANCELLED

    def test_a_stranger_there_ends_nothing(self, server, chart, told, tuesday):
        server._keep("x", {"resourceType": "Task", "status": "completed", "identifier": [{"value": "none of ours"}]})
        settle(chart, tuesday)
        assert fresh(told).status == Status.OPEN
