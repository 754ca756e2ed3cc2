"""The tour in Chromium, by keyboard: to its end, closed on the way, and again from one's menu."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.stage import Stage
from tests.waiting import becomes_true

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def is_seen() -> bool:
    return User.objects.get(username="ana").has_seen_tour


@pytest.fixture
def newcomer(stage: Stage) -> Stage:
    User.objects.filter(username="ana").update(has_seen_tour=False)
    stage.sign_in("ana")
    stage.page.get_by_role("dialog", name="Round the desk").wait_for()
    return stage


def test_goes_to_its_end_by_one_key_and_does_not_come_back(newcomer: Stage):
    page = newcomer.page
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_focused()
    for place in ("1 of 5", "2 of 5", "3 of 5", "4 of 5"):
        expect(page.get_by_text(place)).to_be_visible()
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="To work")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert becomes_true(is_seen)
    page.reload()
    newcomer.ready()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("button", name="Look round").click()
    expect(page.get_by_text("1 of 5")).to_be_visible()
    assert newcomer.watched.complaints == []


def test_closed_on_the_way_it_is_seen_and_the_keys_work(newcomer: Stage):
    page = newcomer.page
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Back").press("Enter")
    expect(page.get_by_text("1 of 5")).to_be_visible()
    page.keyboard.press("Escape")
    assert becomes_true(is_seen)
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/queue?view=mine")
