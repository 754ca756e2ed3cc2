"""The queue's pages through HTTP: what a signed-in person gets, and where "Call next" leads."""

from datetime import timedelta

import pytest
import time_machine

from callbacks.models import Callback
from callbacks.queries.queue import PAGE_SIZE
from callbacks.states import Status
from tests.callbacks.desk import claim, local, promise_calls
from tests.policies.callers import promise_call, shows_a_number


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


def said(response) -> list[str]:
    """What the page tells the person about what they just did."""
    return [str(message) for message in response.context["messages"]]


class TestTheList:
    def test_shows_the_callers_masked_and_in_order(self, cast, ana):
        promise_call(cast.riverside)
        promise_call(cast.riverside, first_name="Chen", phone="+12025550177", urgency="urgent")
        response = ana.get("/queue")
        assert response.status_code == 200
        assert [(row.first_name, row.masked_number) for row in response.context["rows"]] == [
            ("Chen", "••• ••77"),
            ("Dana", "••• ••43"),
        ]
        assert not shows_a_number(response.content.decode())
        assert response.context["headline"] == "2 people are waiting for a call"
        assert "no-store" in response["Cache-Control"]

    def test_turns_its_pages(self, cast, ana):
        promise_calls(cast.riverside, PAGE_SIZE + 3)
        first = ana.get("/queue")
        second = ana.get(first.context["next_page_url"])
        met = [row.ref for page in (first, second) for row in page.context["rows"]]
        assert len(met) == len(set(met)) == PAGE_SIZE + 3
        assert second.context["next_page_url"] == ""

    @pytest.mark.parametrize("view", ["next", "waiting", "mine", "review", "closed", "nothing"])
    def test_has_a_page_for_every_view_also_an_empty_one(self, cast, ana, view):
        response = ana.get(f"/queue?view={view}&after=x")
        assert response.status_code == 200
        assert response.context["empty"]["title"]

    def test_says_when_the_clinic_opens(self, cast, ana, tuesday):
        assert ana.get("/queue").context["empty"]["detail"] == "Open until 12:00"
        tuesday.move_to(local("2026-11-24 18:00"))
        assert "opens" in cast.browser("ana").get("/queue").context["empty"]["detail"]

    def test_is_nobodys_before_sign_in(self, client):
        response = client.get("/queue")
        assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/queue")

    @pytest.mark.parametrize("name", ["olu", "max"])
    def test_is_not_for_those_who_see_no_callers(self, cast, tuesday, name):
        assert cast.browser(name).get("/queue").status_code == 403

    def test_counts_in_its_tabs(self, cast, ana):
        ready, review, waiting = promise_calls(cast.riverside, 3)
        Callback.objects.filter(pk=review.pk).update(status=Status.NEEDS_REVIEW)
        Callback.objects.filter(pk=waiting.pk).update(not_before=local("2026-11-24 15:00"))
        claim(ready, cast.ana)
        tabs = {tab["key"]: tab["count_text"] for tab in ana.get("/queue").context["tabs"]}
        assert tabs == {"next": "2", "waiting": "1", "mine": "1", "review": "1", "clinical": "0", "closed": ""}


class TestThePulse:
    def test_of_the_page_that_was_just_loaded_is_silent(self, cast, ana):
        promise_call(cast.riverside)
        url = ana.get("/queue").context["pulse_url"]
        response = ana.get(url)
        assert (response.status_code, response.content) == (204, b"")

    def test_counts_what_changed_and_shows_nobody(self, cast, ana, tuesday):
        promise_call(cast.riverside)
        url = ana.get("/queue").context["pulse_url"]
        tuesday.shift(timedelta(seconds=5))
        promise_call(cast.riverside, first_name="Zqxname")
        response = ana.get(url)
        assert response.status_code == 200
        assert response.context["changes"] == 1
        assert b"Zqx" not in response.content

    def test_of_another_clinic_is_silent(self, cast, ana, tuesday):
        promise_call(cast.riverside)
        url = ana.get("/queue").context["pulse_url"]
        tuesday.shift(timedelta(seconds=5))
        promise_call(cast.hilltop)
        assert ana.get(url).status_code == 204


class TestCallNext:
    def test_opens_the_page_of_the_first_caller(self, cast, ana, dana):
        response = ana.post("/queue/next")
        assert (response.status_code, response["Location"]) == (302, f"/callbacks/{dana.pk}")
        assert Callback.objects.get().claimed_by == cast.ana

    def test_says_so_when_nobody_can_be_called(self, cast, ana):
        response = ana.post("/queue/next", follow=True)
        assert response.redirect_chain == [("/queue", 302)]
        assert said(response) == ["Nobody can be called right now. The list below says who waits for what."]

    def test_leads_back_to_the_one_still_held(self, cast, ana, dana):
        ana.post("/queue/next")
        promise_call(cast.riverside, first_name="Chen")
        response = ana.post("/queue/next", follow=True)
        assert response.redirect_chain == [(f"/callbacks/{dana.pk}", 302)]
        assert said(response) == [f"You still hold {dana.ref}. Finish or release it first."]

    def test_is_never_a_link(self, cast, ana, dana):
        assert ana.get("/queue/next").status_code == 405
        assert Callback.objects.get().claimed_by is None

    def test_after_hours_deals_nobody(self, cast, dana):
        with time_machine.travel(local("2026-11-24 20:00"), tick=False):
            assert cast.browser("ana").post("/queue/next")["Location"] == "/queue"
        assert Callback.objects.get().claimed_by is None
