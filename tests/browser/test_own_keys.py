"""Keys of one's own in Chromium: another key does the act, the old one does nothing, and G and L go and lock."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.stage import Stage
from tests.browser.test_journey import a_call_came_in
from tests.callbacks.desk import fresh

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_another_key_does_it_and_the_old_one_nothing(stage: Stage):
    callback = a_call_came_in()
    stage.sign_in("ana")
    stage.open("/keys")
    stage.page.get_by_label("Call next", exact=True).fill("q")
    stage.page.get_by_role("button", name="Save").click()
    stage.page.get_by_text("Your keys are saved").wait_for()
    stage.open("/queue")
    stage.page.keyboard.press("n")
    stage.page.keyboard.press("?")
    expect(stage.page.locator("#keys [data-key-default=n] kbd")).to_have_text("Q")
    stage.page.keyboard.press("Escape")
    assert fresh(callback).claimed_by is None
    stage.page.keyboard.press("q")
    stage.page.get_by_text("Held for you").wait_for()
    assert stage.watched.complaints == []


def test_g_goes_to_places_and_waits_no_longer_than_a_moment(stage: Stage):
    stage.sign_in("ana")
    page = stage.page
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/queue?view=mine")
    stage.ready()
    page.keyboard.press("m")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/queue")


def test_l_locks_the_desk(stage: Stage):
    stage.sign_in("ana")
    stage.page.keyboard.press("l")
    expect(stage.page.locator("dialog.lock")).to_be_visible()


def test_switched_off_no_key_of_ones_own_works_either(stage: Stage):
    User.objects.filter(username="ana").update(own_keys={"go": "w"}, single_keys=False)
    stage.sign_in("ana")
    stage.page.keyboard.press("w")
    stage.page.keyboard.press("m")
    stage.page.keyboard.press("l")
    assert stage.page.url.endswith("/queue")
    expect(stage.page.locator("dialog.lock")).to_have_count(0)
