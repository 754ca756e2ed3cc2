"""Acts in administration: the workspace's services, row by row, each on the trail; refusals are sentences."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from audit.events import (
    ACCESS_DENIED,
    ACTION_TRIED,
    ATTEMPT_RECORDED,
    CALLBACK_CLAIMED,
    CALLBACK_REASSIGNED,
    CALLBACK_RELEASED,
    CONCERN_RAISED,
)
from callbacks.models import Attempt, Callback
from callbacks.states import Status
from tests.callbacks.desk import claim as claim_by_service, promise_calls
from tests.policies.callers import promise_call

# Changes are recorded in their own transaction, which has to commit to be seen.
pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "/admin/callbacks/callback/"


@pytest.fixture(autouse=True)
def everybody_has_the_flag(cast):
    User.objects.update(is_staff=True)


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


def tick(browser, action, *callbacks, address=QUEUE, **more):
    """Tick rows and press Go, as the page's form does."""
    sent = {"action": action, "_selected_action": [str(callback.pk) for callback in callbacks], "index": "0"}
    return browser.post(address, sent | more)


def said(browser):
    """What the next page says about the last act."""
    return [str(message) for message in browser.get("/admin/").context["messages"]]


def holder(callback):
    return Callback.objects.get(pk=callback.pk).claimed_by


class TestClaimAndRelease:
    def test_a_claim_is_the_services_and_leads_to_the_workspace(self, cast, dana, ana, trail):
        response = tick(ana, "claim", dana, address=f"{QUEUE}?status=open")
        assert (response.status_code, response["Location"]) == (302, f"{QUEUE}?status=open")
        assert holder(dana) == cast.ana
        (event,) = trail.events(CALLBACK_CLAIMED)
        assert (event["actor_label"], event["object_id"], event["purpose"]) == ("ana", str(dana.pk), ["PATADMIN"])
        (sentence,) = said(ana)
        assert sentence.startswith(f"{dana.ref} is yours.")
        assert f'href="/callbacks/{dana.pk}"' in sentence

    def test_ticking_two_claims_one_and_says_why_not_the_other(self, cast, dana, ana, trail):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12025550144")
        tick(ana, "claim", dana, eli)
        assert (holder(dana), holder(eli)) == (cast.ana, None)
        summary, done, refused = said(ana)
        assert summary == "1 of 2 was done."
        assert done.startswith(f"{dana.ref} is yours.")
        assert refused == f"{eli.ref}: You still hold {dana.ref}. Finish or release it first."
        assert len(trail.events(CALLBACK_CLAIMED)) == 1

    def test_what_somebody_else_holds_is_not_taken(self, cast, dana, ana, trail):
        claim_by_service(dana, cast.ben)
        tick(ana, "claim", dana)
        assert holder(dana) == cast.ben
        (refused,) = said(ana)
        assert refused.startswith(f"{dana.ref}: ")
        assert "working on this callback." in refused
        assert [event["actor_label"] for event in trail.events(CALLBACK_CLAIMED)] == ["test"]
        (event,) = trail.events(ACTION_TRIED)
        assert (event["actor_label"], event["object_id"], event["outcome"], event["outcome_code"]) == (
            "ana",
            str(dana.pk),
            4,
            "already_claimed",
        )
        assert (event["subject_id"], event["clinic_id"]) == (str(dana.caller_id), str(cast.riverside.pk))

    def test_a_release_gives_back_ones_own_and_no_others(self, cast, dana, ana, trail):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12025550144")
        claim_by_service(dana, cast.ana)
        claim_by_service(eli, cast.ben)
        tick(ana, "release", dana, eli)
        assert (holder(dana), holder(eli)) == (None, cast.ben)
        assert [event["object_id"] for event in trail.events(CALLBACK_RELEASED)] == [str(dana.pk)]
        summary, done, refused = said(ana)
        assert (summary, done) == ("1 of 2 was done.", f"{dana.ref} is back in the queue.")
        assert refused.startswith(f"{eli.ref}: ")
        assert "You no longer hold this callback" in refused

    def test_a_row_that_left_the_filter_meanwhile_is_answered_all_the_same(self, cast, dana, ana):
        Callback.objects.filter(pk=dana.pk).update(urgency="urgent")
        tick(ana, "claim", dana, address=f"{QUEUE}?urgency__exact=routine")
        assert holder(dana) == cast.ana

    def test_nothing_ticked_or_nothing_chosen_does_nothing(self, dana, ana, trail):
        tick(ana, "claim")
        tick(ana, "", dana)
        tick(ana, "delete_selected", dana)
        assert holder(dana) is None
        assert Callback.objects.filter(pk=dana.pk).exists()
        assert trail.events(CALLBACK_CLAIMED) == []


class TestNobodyElses:
    @pytest.mark.parametrize("action", ["claim", "release", "record_outcome", "reassign", "escalate"])
    def test_one_foreign_row_stops_the_whole_act(self, cast, dana, ana, trail, action):
        theirs = promise_call(cast.hilltop)
        before = list(Callback.objects.order_by("pk").values())
        assert tick(ana, action, dana, theirs).status_code == 404
        assert list(Callback.objects.order_by("pk").values()) == before
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["actor_label"], event["object_id"]) == ("ana", str(theirs.pk))
        assert (event["clinic_id"], event["outcome_code"]) == (str(cast.hilltop.pk), "other_clinic")

    @pytest.mark.parametrize("odd", [{"_selected_action": "nonsense"}, {"select_across": "1"}, {"select_across": "x"}])
    def test_odd_forms_are_refused(self, dana, ana, odd):
        assert tick(ana, "claim", dana, **odd).status_code == 400
        assert holder(dana) is None

    def test_the_form_of_another_site_is_refused(self, cast, dana):
        strict = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
        strict.cookies = cast.browser("ana").cookies
        assert tick(strict, "claim", dana).status_code == 403
        assert holder(dana) is None


def sent(callback, **typed):
    """The outcome page's fields for one callback."""
    callback.refresh_from_db()
    form = {"outcome": "no_answer", "note": "", "agreed_at": "", "command_id": str(uuid4())}
    form |= {"version": callback.version, **typed}
    return {f"{callback.pk}-{name}": value for name, value in form.items()}


def save_outcome(browser, *callbacks, **fields):
    return answer(browser, "record_outcome", *callbacks, **fields)


def answer(browser, action, *callbacks, **fields):
    """Send the asking page's forms."""
    ids = [str(callback.pk) for callback in callbacks]
    return browser.post(QUEUE, {"action": action, "_selected_action": ids, "save": "Save", **fields})


class TestRecordOutcome:
    @pytest.fixture
    def mine(self, cast, dana):
        return claim_by_service(dana, cast.ana)

    def test_the_page_asks_for_those_one_holds(self, cast, mine, ana, trail):
        (other,) = promise_calls(cast.riverside, 1)
        response = tick(ana, "record_outcome", mine, other)
        page = response.content.decode()
        assert [card.callback for card in response.context["cards"]] == [mine]
        for name in ("outcome", "note", "agreed_at", "command_id", "version"):
            assert f'name="{mine.pk}-{name}"' in page
        assert f"{other.ref}: Claim it first; then its outcome can be recorded." in page
        # It needs no caller's data, so it shows none.
        assert not [event for event in trail.events() if event["phi_accessed"] and event["actor_label"] == "ana"]
        assert "Dana" not in page

    def test_of_none_that_one_holds_there_is_no_page(self, dana, ana):
        assert tick(ana, "record_outcome", dana).status_code == 302
        assert said(ana) == [f"{dana.ref}: Claim it first; then its outcome can be recorded."]

    def test_an_outcome_is_the_services(self, cast, mine, ana, trail):
        response = save_outcome(ana, mine, **sent(mine, note="Zqxnote"))
        assert (response.status_code, response["Location"]) == (302, QUEUE)
        attempt = Attempt.objects.get()
        assert (attempt.callback, attempt.staff, attempt.outcome) == (mine, cast.ana, "no_answer")
        (event,) = trail.events(ATTEMPT_RECORDED)
        assert (event["object_id"], event["fields"]) == (str(mine.pk), ["note", "outcome"])
        assert "Zqxnote" not in str(trail.events())
        (sentence,) = said(ana)
        assert sentence.startswith(f"{mine.ref}: ")

    def test_an_agreed_time_is_the_clinics(self, mine, ana):
        save_outcome(ana, mine, **sent(mine, outcome="agreed_time", agreed_at="2026-11-25T14:00"))
        mine.refresh_from_db()
        assert (mine.wait_reason, mine.not_before.isoformat()) == ("agreed", "2026-11-25T19:00:00+00:00")

    @pytest.mark.parametrize(("typed", "sentence"), [
        ({"outcome": ""}, "Choose how the call ended, then save."),
        ({"outcome": "agreed_time", "agreed_at": "soon"}, "Give the agreed time as day and time."),
        ({"outcome": "agreed_time", "agreed_at": "9999-12-31T23:59"}, "Give the agreed time as day and time."),
        ({"version": 1}, "This callback changed while you were typing."),
        ({"command_id": "x"}, "This page is outdated."),
        ({"note": "x" * 501}, "Keep the note under 500 characters."),
    ])  # fmt: skip
    def test_what_is_refused_stays_on_the_page_with_what_was_typed(self, mine, ana, trail, typed, sentence):
        response = save_outcome(ana, mine, **sent(mine, **({"note": "Zqxtyped"} | typed)))
        page = response.content.decode()
        assert response.status_code == 422
        assert sentence in page
        assert typed.get("note", "Zqxtyped") in page
        assert not Attempt.objects.exists()
        assert trail.events(ATTEMPT_RECORDED) == []
        # The page is for the callback as it is now: saving once more works.
        (card,) = response.context["cards"]
        assert card.form["version"].value() == mine.version

    def test_after_the_claim_ran_out_the_note_is_not_lost(self, mine, ana, tuesday):
        tuesday.shift(timedelta(minutes=3))
        response = save_outcome(ana, mine, **sent(mine, note="Zqxtyped"))
        assert response.status_code == 422
        assert "You no longer hold this callback" in response.content.decode()
        assert "Zqxtyped" in response.content.decode()

    def test_one_saved_and_one_refused_is_said_plainly(self, cast, mine, ana):
        (other,) = promise_calls(cast.riverside, 1)
        response = save_outcome(ana, mine, other, **sent(mine), **sent(other))
        assert response.status_code == 422
        assert [card.callback for card in response.context["cards"]] == [other]
        assert f"{mine.ref}: " in response.content.decode()
        assert [attempt.callback for attempt in Attempt.objects.all()] == [mine]

    def test_sending_it_twice_counts_once(self, mine, ana):
        form = sent(mine)
        for _ in range(2):
            assert save_outcome(ana, mine, **form).status_code == 302
        assert Attempt.objects.count() == 1

    def test_the_page_keeps_the_claim_alive(self, mine, ana):
        page = tick(ana, "record_outcome", mine).content.decode()
        assert f'data-heartbeat="/callbacks/{mine.pk}/heartbeat"' in page
        assert "admin-asking" in page

    def test_a_closed_callback_stays_closed(self, cast, mine, ana):
        save_outcome(ana, mine, **sent(mine, outcome="booked"))
        assert Callback.objects.get(pk=mine.pk).status == Status.CLOSED
        assert save_outcome(ana, mine, **sent(mine)).status_code == 422
        assert Attempt.objects.count() == 1


class TestPassingOn:
    @pytest.fixture
    def sam(self, cast, tuesday):
        return cast.browser("sam")

    def test_the_page_offers_this_clinics_colleagues(self, cast, dana, sam):
        page = tick(sam, "reassign", dana).content.decode()
        for name in ("Ana", "Ben", "Nadia", "Sam"):
            assert f">{name}</option>" in page
        for name in ("Cleo", "Olu", "Max"):
            assert f">{name}</option>" not in page
        assert "data-heartbeat" not in page

    def test_a_supervisor_gives_callbacks_away(self, cast, dana, sam, trail):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12025550144")
        given = {"to": str(cast.ben.pk), "reason": "Zqxreason"}
        response = answer(sam, "reassign", dana, eli, **sent(dana, **given), **sent(eli, **given))
        assert response.status_code == 302
        for callback in (dana, eli):
            callback.refresh_from_db()
            assert (callback.preferred_agent, callback.claimed_by) == (cast.ben, None)
        assert sorted(said(sam)) == sorted(f"{callback.ref}: Ben has it now." for callback in (dana, eli))
        events = trail.events(CALLBACK_REASSIGNED)
        assert {event["object_id"] for event in events} == {str(dana.pk), str(eli.pk)}
        assert {event["details"]["to"] for event in events} == {str(cast.ben.pk)}
        assert "Zqxreason" not in str(trail.events())

    @pytest.mark.parametrize(("typed", "sentence"), [
        ({"to": ""}, "Choose a colleague."),
        ({"reason": ""}, "Say why you give it away, then try again."),
        ({"version": 1000}, "This callback changed while you were typing"),
        ({"to": "nonsense"}, "Choose somebody who works with this clinic"),
    ])  # fmt: skip
    def test_what_is_refused_stays_on_the_page(self, cast, dana, sam, typed, sentence):
        given = {"to": str(cast.ben.pk), "reason": "Zqxreason"}
        response = answer(sam, "reassign", dana, **sent(dana, **(given | typed)))
        assert response.status_code == 422
        assert sentence in response.context["cards"][0].error
        assert typed.get("reason", "Zqxreason") in response.content.decode()
        dana.refresh_from_db()
        assert dana.preferred_agent is None

    def test_another_clinics_person_is_no_colleague(self, cast, dana, sam):
        response = answer(sam, "reassign", dana, **sent(dana, to=str(cast.cleo.pk), reason="Zqxreason"))
        assert response.status_code == 422
        dana.refresh_from_db()
        assert dana.preferred_agent is None

    def test_who_is_no_supervisor_gives_away_his_own_only(self, cast, dana, ana):
        given = {"to": str(cast.ben.pk), "reason": "Zqxreason"}
        response = answer(ana, "reassign", dana, **sent(dana, **given))
        assert response.context["cards"][0].error == "Only a supervisor may give away what is not yours."
        claim_by_service(dana, cast.ana)
        assert answer(ana, "reassign", dana, **sent(dana, **given)).status_code == 302

    def test_anybody_escalates_with_the_callers_words(self, cast, dana, ana, trail):
        assert tick(ana, "escalate", dana).status_code == 200
        assert answer(ana, "escalate", dana, **sent(dana, words="Zqxwords")).status_code == 302
        dana.refresh_from_db()
        assert dana.status == Status.ESCALATED
        assert said(ana) == [f"{dana.ref}: the clinical team has it now."]
        (event,) = trail.events(CONCERN_RAISED)
        assert (event["actor_label"], event["object_id"], event["fields"]) == ("ana", str(dana.pk), ["words"])
        assert "Zqxwords" not in str(trail.events())

    def test_one_escalated_and_one_refused_is_said_plainly(self, cast, dana, ana):
        (other,) = promise_calls(cast.riverside, 1)
        answer(ana, "escalate", other, **sent(other, words=""))
        response = answer(ana, "escalate", dana, other, **sent(dana, words=""), **sent(other, words=""))
        assert response.status_code == 422
        assert [card.callback for card in response.context["cards"]] == [other]
        assert "clinical team" in response.context["cards"][0].error
        assert f"{dana.ref}: the clinical team has it now." in response.content.decode()


class TestARefusalOnTheTrail:
    """Beside others that were done, the page is answered as done: each refusal has an event of its own."""

    def test_of_one_among_others_has_its_code(self, cast, dana, ana, trail):
        eli = promise_call(cast.riverside, first_name="Eli", phone="+12025550144")
        tick(ana, "claim", dana, eli)
        refused = [event for event in trail.events(ACTION_TRIED) if event.get("outcome_code")]
        assert [(event["object_id"], event["outcome_code"]) for event in refused] == [(str(eli.pk), "holding_another")]
        assert {event["outcome"] for event in trail.events(CALLBACK_CLAIMED)} == {0}

    def test_for_want_of_a_right_is_a_denial(self, cast, dana, ana, trail):
        answer(ana, "reassign", dana, **sent(dana, to=str(cast.ben.pk), reason="Zqxreason"))
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["actor_label"], event["object_id"], event["outcome_code"]) == (
            "ana",
            str(dana.pk),
            "not_allowed",
        )

    def test_of_a_form_and_of_an_old_page_is_told_apart(self, cast, dana, ana, trail):
        mine = claim_by_service(dana, cast.ana)
        save_outcome(ana, mine, **sent(mine, outcome=""))
        save_outcome(ana, mine, **sent(mine, version=1))
        codes = [
            event["outcome_code"] for event in trail.events(ACTION_TRIED) if event.get("object_id") == str(mine.pk)
        ]
        assert codes == ["invalid_form", "outdated"]
