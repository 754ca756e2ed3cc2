"""Law: whoever sees a caller's data is on the trail before a byte leaves, by field; changes share their transaction."""

import pytest
from django.db import connections

from accounts.models import User
from audit.background import service_scope
from audit.events import (
    ATTEMPT_RECORDED,
    CALLBACK_VIEWED,
    DELIVERY_OPENED,
    NUMBER_REVEALED,
    QUEUE_CALLER_SHOWN,
    QUEUE_VIEWED,
    Outcome,
)
from callbacks.models import Attempt, Callback
from intake.services.opening import open_delivery
from tests.intake.signed_posts import post_report
from tests.policies.callers import promise_call, shows_a_number
from tests.policies.conftest import NAME, NUMBER, WORDS, outcome_form


def what(event):
    return event["actor_label"], event["subject_id"], event["object_id"], event["fields"], event["outcome"]


class TestWhoSawWhat:
    def test_the_queue_leaves_one_event_for_the_list_and_one_for_each_caller(self, cast, caller, ana, trail):
        other = promise_call(cast.riverside, first_name="Eli", phone="+12025550173")
        response = ana.get("/queue")
        assert response.status_code == 200
        (listed,) = trail.events(QUEUE_VIEWED)
        shown = trail.events(QUEUE_CALLER_SHOWN)
        assert (listed["actor_label"], listed["rows_count"], listed["details"]) == ("ana", 2, {"view": "next"})
        assert {event["object_id"] for event in shown} == {str(caller.pk), str(other.pk)}
        assert {event["subject_id"] for event in shown} == {str(caller.caller_id), str(other.caller_id)}
        for event in (listed, *shown):
            assert event["request_id"] == response["X-Request-ID"] == listed["request_id"]
            assert event["clinic_id"] == str(cast.riverside.pk)
        assert all(event["fields"] == ["first_name", "phone_tail"] and event["phi_accessed"] for event in shown)

    def test_the_queue_in_administration_leaves_the_same_events(self, cast, caller, ana, trail):
        User.objects.update(is_staff=True)
        pages: dict[str, list[dict[str, object]]] = {"/queue": [], "/admin/callbacks/callback/": []}
        for page, events in pages.items():
            response = ana.get(page)
            assert NAME in response.content.decode()
            assert "555" not in response.content.decode()
            found = (*trail.events(QUEUE_VIEWED), *trail.events(QUEUE_CALLER_SHOWN))
            events += [event for event in found if event["request_id"] == response["X-Request-ID"]]
        for desk, administration in zip(*pages.values(), strict=True):
            for same in ("tag", "actor_label", "clinic_id", "purpose", "fields", "phi_accessed", "status"):
                assert desk[same] == administration[same], same
            assert desk.get("rows_count") == administration.get("rows_count")
        assert [event["object_id"] for event in pages["/admin/callbacks/callback/"][1:]] == [str(caller.pk)]

    def test_a_clinic_that_hides_names_opens_none(self, cast, caller, ana, trail):
        cast.riverside.names_in_queue = "none"
        cast.riverside.save()
        assert NAME not in ana.get("/queue").content.decode()
        assert [event["fields"] for event in trail.events(QUEUE_CALLER_SHOWN)] == [["phone_tail"]]

    @pytest.mark.usefixtures("by_hand")
    def test_one_damaged_row_does_not_take_the_others_off_the_screen(self, cast, caller, ana, trail, caplog):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12025550173")
        with connections["default"].cursor() as cursor:
            cursor.execute("UPDATE callbacks_callback SET first_name = phone WHERE id = %s", [caller.pk])
        rows = {row.ref: row.first_name for row in ana.get("/queue").context["rows"]}
        assert rows == {caller.ref: "Cannot be read", eli.ref: "Eli"}
        # Both were tried, and both are on the trail; the damage is an alarm that names the row.
        assert len(trail.events(QUEUE_CALLER_SHOWN)) == 2
        assert [(r.levelname, r.callback_id) for r in caplog.records if r.getMessage() == "seal_broken"] == [
            ("CRITICAL", caller.pk)
        ]

    def test_the_pulse_shows_nobody_and_leaves_nothing(self, caller, ana, trail):
        assert ana.get("/queue/pulse").status_code == 200
        assert trail.events() == []

    def test_opening_a_callback_shows_the_name_and_says_so(self, caller, ana, trail):
        page = ana.get(f"/callbacks/{caller.pk}").content.decode()
        assert NAME in page
        assert not shows_a_number(page)
        assert WORDS not in page
        (event,) = trail.events()
        assert event["tag"] == CALLBACK_VIEWED.value
        assert what(event) == ("ana", str(caller.caller_id), str(caller.pk), ["first_name", "phone_tail"], 0)
        assert (event["actor_roles"], event["purpose"], event["route"]) == (
            ["agent"],
            ["PATADMIN"],
            "callbacks:workspace",
        )
        assert (event["method"], event["status"], event["ip"]) == ("GET", 200, "127.0.0.1")
        assert event["session_ref"] != ana.session.session_key

    def test_the_holder_sees_the_callers_words_and_the_trail_says_so(self, held, ana, trail):
        assert WORDS in ana.get(f"/callbacks/{held.pk}").content.decode()
        (event,) = trail.events(CALLBACK_VIEWED)
        assert event["fields"] == ["first_name", "phone_tail", "preferred_words"]

    def test_the_number_is_revealed_as_an_act_of_its_own(self, held, ana, trail):
        assert "(202) 555-0171" in ana.post(f"/callbacks/{held.pk}/reveal").content.decode()
        (event,) = trail.events(NUMBER_REVEALED)
        assert what(event) == ("ana", str(held.caller_id), str(held.pk), ["called_from", "phone"], 0)

    def test_who_does_not_hold_it_is_shown_no_number_and_the_trail_has_none(self, cast, held, trail):
        response = cast.browser("ben").post(f"/callbacks/{held.pk}/reveal")
        assert response.status_code == 409
        assert not shows_a_number(response.content.decode())
        assert trail.events(NUMBER_REVEALED) == []

    def test_a_note_is_read_by_the_next_holder_and_recorded_on_the_attempt(self, cast, held, ana, trail):
        assert ana.post(f"/callbacks/{held.pk}/outcome", outcome_form(held)).status_code == 302
        Callback.objects.filter(pk=held.pk).update(not_before=None)
        ben = cast.browser("ben")
        assert "Zqxnote" not in ben.get(f"/callbacks/{held.pk}").content.decode()
        ben.post(f"/callbacks/{held.pk}/claim")
        assert "Zqxnote" in ben.get(f"/callbacks/{held.pk}").content.decode()
        (event,) = [event for event in trail.events(CALLBACK_VIEWED) if event["object_kind"] == "attempt"]
        assert what(event) == ("ben", str(held.caller_id), str(Attempt.objects.get().pk), ["note"], 0)

    def test_the_report_is_read_by_the_worker_and_recorded(self, cast, tuesday, trail):
        report = {"type": "end-of-call-report", "call": {"id": "c"}, "structuredData": {"callbackNumber": NUMBER}}
        delivery_id = post_report(report).json()["id"]
        with service_scope("worker", route="test"):
            assert open_delivery(delivery_id)
        (event,) = trail.events(DELIVERY_OPENED)
        assert (event["actor_kind"], event["object_id"], event["fields"]) == ("service", delivery_id, ["phone"])


@pytest.mark.django_db(transaction=True)
class TestChangesAndTheirEvents:
    def test_a_change_and_its_event_commit_together(self, held, ana, trail):
        ana.post(f"/callbacks/{held.pk}/outcome", outcome_form(held))
        (event,) = trail.events(ATTEMPT_RECORDED)
        assert what(event) == ("ana", str(held.caller_id), str(held.pk), ["note", "outcome"], 0)
        assert "Zqxnote" not in str(event)

    def test_a_rolled_back_change_leaves_no_event_of_a_change(self, held, ana, trail, monkeypatch):
        monkeypatch.setattr("callbacks.services.attempts._move_on", lambda *_: 1 / 0)
        ana.raise_request_exception = False
        assert ana.post(f"/callbacks/{held.pk}/outcome", outcome_form(held)).status_code == 500
        assert not Attempt.objects.exists()
        assert trail.events(ATTEMPT_RECORDED) == []
        # That Ana opened the record is true all the same.
        assert [event["outcome"] for event in trail.events(CALLBACK_VIEWED)] == [Outcome.SERIOUS_FAILURE]

    def test_a_form_sent_twice_is_one_attempt_and_one_event(self, held, ana, trail):
        form = outcome_form(held)
        for _ in range(2):
            assert ana.post(f"/callbacks/{held.pk}/outcome", form).status_code == 302
        assert Attempt.objects.count() == 1
        assert len(trail.events(ATTEMPT_RECORDED)) == 1
