"""One callback's pages through HTTP: claim, reveal, call, wrap up; and what is kept when something is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.events import NUMBER_REVEALED
from callbacks.models import Attempt, Callback
from callbacks.services.claiming import LEASE
from callbacks.states import Status
from tests.callbacks.desk import claim, release
from tests.policies.callers import promise_call, shows_a_number

PAGE = {"accept": "text/html"}


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


@pytest.fixture
def held(cast, dana):
    """Dana, claimed by Ana."""
    return claim(dana, cast.ana)


def outcome_form(response, **typed) -> dict[str, str]:
    """The form of a page as a person sends it."""
    work = response.context["work"]
    return {"command_id": str(work.command_id), "version": str(work.version), **typed}


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def at(callback: Callback, page: str = "") -> str:
    return f"/callbacks/{callback.pk}{page}"


class TestAClaim:
    def test_leads_to_the_page_where_the_number_is_still_masked(self, cast, ana, dana):
        response = ana.post(at(dana, "/claim"), follow=True)
        assert response.redirect_chain == [(at(dana), 302)]
        work = response.context["work"]
        assert (work.held_by_me, work.lease_seconds_left, work.can_work) == (True, 120, True)
        assert (work.number, work.dial, work.masked_number) == (None, None, "••• ••43")
        assert not shows_a_number(response.content.decode())

    def test_that_came_second_says_so(self, cast, ana, dana):
        claim(dana, cast.ben)
        response = ana.post(at(dana, "/claim"), follow=True)
        assert said(response) == ["Ben is working on this callback."]
        assert (response.context["work"].held_by_me, response.context["work"].holder) == (False, "Ben")

    def test_of_a_second_caller_leads_back_to_the_first(self, cast, ana, held):
        other = promise_call(cast.riverside, first_name="Chen")
        response = ana.post(at(other, "/claim"), follow=True)
        assert response.redirect_chain == [(at(held), 302)]
        assert said(response) == [f"You still hold {held.ref}. Finish or release it first."]

    def test_given_back_leads_to_the_queue(self, cast, ana, held):
        response = ana.post(at(held, "/release"), follow=True)
        assert response.redirect_chain == [("/queue", 302)]
        assert said(response) == [f"{held.ref} is back in the queue."]
        again = ana.post(at(held, "/release"), follow=True)
        assert said(again) == ["You no longer hold this callback: the claim ran out or somebody took over."]


class TestTheNumber:
    def test_is_shown_to_the_holder_and_that_is_recorded(self, cast, ana, held, trail):
        response = ana.post(at(held, "/reveal"))
        assert response.status_code == 200
        work = response.context["work"]
        assert (work.number, work.dial, work.called_from) == ("(202) 555-0143", "+12025550143", "(202) 555-0143")
        (event,) = trail.events(NUMBER_REVEALED)
        assert event["fields"] == ["called_from", "phone"]
        assert event["actor_label"] == "ana"

    def test_comes_alone_to_the_page_that_asked_for_it(self, cast, ana, held):
        response = ana.post(at(held, "/reveal"), headers={"hx-request": "true"})
        assert "<html" not in response.content.decode()
        assert "(202) 555-0143" in response.content.decode()

    def test_is_shown_to_nobody_else(self, cast, ana, dana, trail):
        for holder in (None, cast.ben):
            if holder:
                claim(dana, holder)
            response = ana.post(at(dana, "/reveal"))
            assert response.status_code == 409
            assert response.context["work"].error == "Claim this callback first; then its number can be shown."
            assert not shows_a_number(response.content.decode())
        assert all("phone" not in event["fields"] for event in trail.events())

    def test_is_masked_again_once_the_claim_ran_out(self, cast, ana, held, tuesday):
        tuesday.shift(LEASE)
        assert ana.post(at(held, "/reveal")).status_code == 409


class TestAHeartbeat:
    def test_says_how_long_the_claim_still_runs(self, cast, ana, held, tuesday):
        tuesday.shift(timedelta(seconds=30))
        assert ana.post(at(held, "/heartbeat")).json() == {"seconds": 120, "news": []}

    def test_of_a_lost_claim_is_a_409(self, cast, ana, held, tuesday):
        tuesday.shift(LEASE)
        response = ana.post(at(held, "/heartbeat"), headers={"accept": "application/json"})
        assert (response.status_code, response.json()["error"]) == (409, "claim_lost")

    def test_of_another_clinics_callback_is_a_404(self, cast, ana):
        assert ana.post(at(promise_call(cast.hilltop), "/heartbeat")).status_code == 404


class TestAnOutcome:
    def test_is_saved_and_leads_to_the_queue_with_what_happens_next(self, cast, ana, held):
        form = outcome_form(ana.get(at(held)), outcome="no_answer", note="rang twice")
        response = ana.post(at(held, "/outcome"), form, follow=True)
        assert response.redirect_chain == [("/queue", 302)]
        (sentence,) = said(response)
        assert sentence.startswith(f"{held.ref}: Will be tried again")
        assert Attempt.objects.get().staff == cast.ana

    def test_previews_every_choice_before_it_is_saved(self, cast, ana, held):
        groups = ana.get(at(held)).context["work"].outcome_groups
        previews = {choice.code: choice.preview for group in groups for choice in group.choices}
        assert len(previews) >= 15
        assert all(previews.values())
        assert previews["booked"] == "Will be closed: appointment booked."
        assert Attempt.objects.count() == 0

    def test_sent_twice_is_saved_once_and_says_so(self, cast, ana, held):
        form = outcome_form(ana.get(at(held)), outcome="no_answer")
        ana.post(at(held, "/outcome"), form)
        again = ana.post(at(held, "/outcome"), form, follow=True)
        assert f"{held.ref}: It was saved already." in said(again)
        assert Attempt.objects.count() == 1

    @pytest.mark.parametrize(
        ("typed", "status"),
        [
            ({"outcome": ""}, 422),
            ({"outcome": "agreed_time"}, 422),
            ({"outcome": "agreed_time", "agreed_at": "yesterday"}, 422),
            ({"outcome": "agreed_time", "agreed_at": "2026-11-24T09:00"}, 422),
            ({"outcome": "no_answer", "version": "1"}, 409),
            ({"outcome": "no_answer", "command_id": "x"}, 422),
        ],
    )
    def test_that_is_refused_keeps_the_choice_and_the_note(self, cast, ana, held, typed, status):
        form = outcome_form(ana.get(at(held)), note="she will be home at five") | typed
        response = ana.post(at(held, "/outcome"), form)
        assert response.status_code == status
        work = response.context["work"]
        assert work.error.endswith(".")
        assert (work.note, work.chosen) == ("she will be home at five", typed["outcome"])
        assert "she will be home at five" in response.content.decode()
        assert Attempt.objects.count() == 0
        assert Callback.objects.get().claimed_by == cast.ana

    def test_after_the_claim_was_lost_keeps_the_note_and_shows_no_more_than_before(self, cast, ana, held, tuesday):
        form = outcome_form(ana.get(at(held)), outcome="booked", note="Thursday at ten")
        tuesday.shift(LEASE)
        claim(held, cast.ben)
        response = ana.post(at(held, "/outcome"), form)
        assert response.status_code == 409
        work = response.context["work"]
        assert (work.note, work.held_by_me, work.scripts, work.number) == ("Thursday at ten", False, None, None)
        assert Callback.objects.get().status == Status.OPEN

    def test_of_an_agreed_time_is_in_the_clinics_zone(self, cast, ana, held):
        form = outcome_form(ana.get(at(held)), outcome="agreed_time", agreed_at="2026-11-25T09:30")
        ana.post(at(held, "/outcome"), form)
        assert Callback.objects.get().not_before.isoformat() == "2026-11-25T14:30:00+00:00"


def decide(decision: str, callback: Callback) -> dict[str, str]:
    return {"decision": decision, "version": str(callback.version), "command_id": str(uuid4())}


class TestAReview:
    @pytest.fixture
    def odd(self, cast, tuesday):
        return claim(promise_call(cast.riverside, review_reasons=("odd_name",)), cast.ana)

    def test_asks_for_a_decision_and_no_outcome(self, cast, ana, odd):
        work = ana.get(at(odd)).context["work"]
        assert (work.can_review, work.can_work, work.outcome_groups) == (True, False, [])
        assert work.review_reasons == ["The name looks odd: it may be misheard."]

    def test_to_call_after_all_stays_on_the_page(self, cast, ana, odd):
        response = ana.post(at(odd, "/review"), decide("call", odd), follow=True)
        assert response.redirect_chain == [(at(odd), 302)]
        assert response.context["work"].can_work

    def test_to_close_leads_to_the_queue(self, cast, ana, odd):
        response = ana.post(at(odd, "/review"), decide("test_call", odd), follow=True)
        assert response.redirect_chain == [("/queue", 302)]
        assert said(response) == [f"{odd.ref} is closed."]

    @pytest.mark.parametrize(
        ("sent", "status"),
        [({"version": 1}, 409), ({"decision": ""}, 422), ({"decision": "x"}, 422), ({"command_id": "x"}, 422)],
    )
    def test_that_is_refused_changes_nothing(self, cast, ana, odd, sent, status):
        response = ana.post(at(odd, "/review"), decide("call", odd) | sent)
        assert response.status_code == status
        assert response.context["work"].error
        assert Callback.objects.get().status == Status.NEEDS_REVIEW


ACTS = ("/claim", "/release", "/reveal", "/heartbeat", "/outcome", "/review")


@pytest.mark.parametrize("act", ACTS)
def test_no_act_is_a_link(cast, ana, dana, act):
    assert ana.get(at(dana, act)).status_code == 405


@pytest.mark.parametrize("act", ["", *ACTS])
def test_another_clinics_callback_and_none_at_all_give_the_same_answer(cast, ana, tuesday, act):
    foreign = promise_call(cast.hilltop)
    ask = ana.post if act else ana.get
    answers = [ask(f"/callbacks/{public_id}{act}", headers=PAGE) for public_id in (foreign.pk, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert Callback.objects.get().claimed_by is None


def test_a_closed_callback_can_be_read_and_not_worked_on(cast, ana, held):
    ana.post(at(held, "/outcome"), outcome_form(ana.get(at(held)), outcome="booked"))
    work = ana.get(at(held)).context["work"]
    assert (work.is_closed, work.can_claim, work.can_work) == (True, False, False)
    assert work.badge.text == "appointment booked"


def test_a_page_read_before_a_release_no_longer_fits(cast, ana, held):
    form = outcome_form(ana.get(at(held)), outcome="no_answer")
    release(held, cast.ana)
    claim(held, cast.ana)
    assert ana.post(at(held, "/outcome"), form).status_code == 409
