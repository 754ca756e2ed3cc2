"""People, in Chromium and by keyboard alone: a role is changed, the roll narrowed, a leaver's page read."""

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.keyboard import ready, tab_to
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_role_is_changed_from_the_roll_by_keyboard(stage: Stage):
    scenes.people(stage)
    page = stage.page
    tab_to(page, page.get_by_role("link", name="Nadia"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Nadia")).to_be_visible()
    ready(page)
    change = page.locator("summary", has_text="Change")
    tab_to(page, change)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("To", exact=True))
    page.keyboard.type("Sup")
    tab_to(page, page.get_by_role("button", name="Change the role"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The role is changed.")
    expect(page.get_by_role("heading", level=3, name="Supervisor")).to_be_visible()


def test_the_roll_is_narrowed_without_a_script(stage: Stage):
    scenes.people(stage)
    page = stage.page
    page.get_by_label("Which").select_option("left")
    page.get_by_role("button", name="Show").click()
    stage.ready()
    expect(page.locator(".roll tbody tr")).to_have_count(1)
    expect(page.get_by_text("Access ended 0.0 s after its time")).to_be_visible()
