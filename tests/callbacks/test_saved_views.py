"""Filters and saved views of the queue: closed words in the address, one's own and the clinic's, and nobody else's."""

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from audit.events import ACCESS_DENIED, VIEW_REMOVED, VIEW_SAVED
from callbacks.models import SavedView
from callbacks.queries.filters import QueueFilter
from callbacks.services.view_saving import MOST_VIEWS
from tests.policies.callers import promise_call


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


@pytest.fixture
def callers(cast, tuesday):
    """Three who differ in every word of the filter."""
    return [
        promise_call(cast.riverside, first_name="Ann", phone="+12025550101", appointment_type="follow-up"),
        promise_call(
            cast.riverside,
            first_name="Ben",
            phone="+12025550102",
            appointment_type="consultation",
            preferred_window="evening",
            language="Spanish",
        ),
        promise_call(
            cast.riverside,
            first_name="Cai",
            phone="+12025550103",
            appointment_type="consultation",
            preferred_window="any",
            urgency="urgent",
        ),
    ]


def shown(browser, **asked: str) -> set[str]:
    return {row.first_name for row in browser.get("/queue", asked).context["rows"]}


def keep(browser, label: str = "Mornings", **words: str):
    return browser.post("/queue/views/save", {"label": label, "view": "next", **words}, follow=True)


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


class TestAFilter:
    @pytest.mark.parametrize(
        ("asked", "names"),
        [
            ({}, {"Ann", "Ben", "Cai"}),
            ({"reason": "follow-up"}, {"Ann"}),
            ({"reason": "consultation"}, {"Ben", "Cai"}),
            ({"window": "evening"}, {"Ben"}),
            ({"only": "urgent"}, {"Cai"}),
            ({"only": "other_language"}, {"Ben"}),
            ({"only": "not_tried"}, {"Ann", "Ben", "Cai"}),
            ({"only": "tried"}, set()),
            ({"only": "repeated"}, set()),
            ({"reason": "consultation", "window": "evening"}, {"Ben"}),
            ({"reason": "follow-up", "only": "urgent"}, set()),
            ({"reason": "Dana", "window": "'", "only": "x" * 900}, {"Ann", "Ben", "Cai"}),
        ],
    )
    def test_shows_who_fits_it(self, ana, callers, asked, names):
        assert shown(ana, **asked) == names

    def test_that_nobody_fits_says_so_and_leads_to_everybody(self, ana, callers):
        page = ana.get("/queue", {"only": "tried"}).content.decode()
        assert "Nobody fits this filter" in page
        assert 'href="/queue?view=next"' in page

    def test_stays_on_the_next_page(self, cast, ana, tuesday, monkeypatch):
        for number in range(4):
            promise_call(cast.riverside, phone=f"+1202555011{number}", preferred_window="evening")
        monkeypatch.setattr("callbacks.queries.queue.PAGE_SIZE", 3)
        address = ana.get("/queue", {"window": "evening"}).context["next_page_url"]
        assert parse_qs(urlsplit(address).query)["window"] == ["evening"]
        assert len(ana.get(address).context["rows"]) == 1


class TestASavedView:
    def test_is_found_again_by_its_owner_alone(self, cast, ana, callers):
        response = keep(ana, "Late ones", window="evening", reason="nonsense")
        assert said(response) == ["The view is saved."]
        (link,) = response.context["views"].links
        assert (link.label, link.url, link.is_current) == ("Late ones", "/queue?view=next&window=evening", True)
        assert SavedView.objects.get().filters == {"window": "evening"}
        assert cast.browser("ben").get("/queue").context["views"].links == []
        assert cast.browser("cleo").get("/queue").context["views"].links == []

    def test_is_shared_by_a_supervisor_only(self, cast, ana, tuesday):
        keep(ana, "Mine", shared="on")
        keep(cast.browser("sam"), "Everybody's", shared="on")
        assert [link.label for link in cast.browser("ben").get("/queue").context["views"].links] == ["Everybody's"]
        assert cast.browser("cleo").get("/queue").context["views"].links == []

    @pytest.mark.parametrize("label", ["", "   ", "x" * 41, "call 2025550143", "Room 404", "Twice"])
    def test_has_a_name_of_its_own_without_numbers(self, ana, label):
        keep(ana, "Twice")
        assert said(keep(ana, label)) == ["Give the view a name of its own, without numbers."]
        assert SavedView.objects.count() == 1

    def test_is_one_of_a_few(self, cast, ana):
        SavedView.objects.bulk_create(
            SavedView(clinic=cast.riverside, owner=cast.ana, label=f"v{n}", tab="next") for n in range(MOST_VIEWS)
        )
        assert "remove one first" in said(keep(ana))[0]

    def test_is_removed_by_its_owner(self, ana):
        keep(ana)
        response = ana.post(f"/queue/views/{SavedView.objects.get().pk}/remove", follow=True)
        assert said(response) == ["The view is removed."]
        assert not SavedView.objects.exists()

    def test_that_is_shared_is_removed_by_another_supervisor_too(self, cast, tuesday):
        view = SavedView.objects.create(
            clinic=cast.riverside, owner=cast.ana, label="Shared", tab="next", is_shared=True
        )
        assert cast.browser("ben").post(f"/queue/views/{view.pk}/remove").status_code == 404
        assert cast.browser("sam").post(f"/queue/views/{view.pk}/remove").status_code == 302

    @pytest.mark.parametrize("name", ["ben", "sam", "cleo"])
    def test_of_somebody_else_does_not_exist(self, cast, ana, name, trail):
        keep(ana)
        browser = cast.browser(name)
        assert browser.post(f"/queue/views/{SavedView.objects.get().pk}/remove").status_code == 404
        assert browser.post(f"/queue/views/{uuid4()}/remove").status_code == 404
        assert len(trail.events(ACCESS_DENIED)) == 2
        assert SavedView.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_is_on_record_without_its_name(self, ana, trail):
        keep(ana, "Late ones", window="evening")
        ana.post(f"/queue/views/{SavedView.objects.get().pk}/remove")
        (saved,), (removed,) = trail.events(VIEW_SAVED), trail.events(VIEW_REMOVED)
        assert saved["object_id"] == removed["object_id"]
        assert "Late ones" not in str(saved)

    def test_from_an_older_day_filters_by_what_is_still_a_word(self, cast, ana, callers):
        SavedView.objects.create(
            clinic=cast.riverside, owner=cast.ana, label="Old", tab="gone", filters={"reason": "gone", "x": "y"}
        )
        (link,) = ana.get("/queue").context["views"].links
        assert link.url == "/queue?view=next"
        assert QueueFilter.of({"reason": "gone"}).words == {}
