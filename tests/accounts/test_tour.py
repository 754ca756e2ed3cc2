"""The tour of the desk: by itself once a person, for those who work a queue, and for nobody else."""

import pytest
from bs4 import BeautifulSoup

from accounts.models import User


def tour(browser, page: str = "/queue"):
    return BeautifulSoup(browser.get(page).content, "html.parser").select_one("#tour")


def test_opens_by_itself_until_it_was_closed_and_can_be_opened_again(cast):
    User.objects.update(has_seen_tour=False)
    ana = cast.browser("ana")
    assert tour(ana).has_attr("data-tour-now")
    assert ana.post("/tour/seen").status_code == 204
    assert tour(cast.browser("ben")).has_attr("data-tour-now")
    again = cast.browser("ana")
    assert not tour(again).has_attr("data-tour-now")
    assert BeautifulSoup(again.get("/queue").content, "html.parser").select_one("#me [data-tour-open]")


def test_shows_ones_own_keys(cast):
    User.objects.filter(username="ana").update(own_keys={"call_next": "q"})
    assert "Q" in [key.text for key in tour(cast.browser("ana")).select("kbd")]


@pytest.mark.parametrize("name", ["olu", "max"])
def test_is_for_those_who_work_a_queue(cast, name):
    User.objects.update(has_seen_tour=False)
    assert tour(cast.browser(name), "/keys") is None


def test_looking_at_a_page_is_not_closing_the_tour(cast):
    User.objects.update(has_seen_tour=False)
    cast.browser("ana").get("/queue")
    assert cast.browser("ana").get("/tour/seen").status_code == 405
    assert not User.objects.filter(has_seen_tour=True).exists()
