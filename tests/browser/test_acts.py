"""The workspace's further acts in Chromium, by keyboard: dialogs, undo, drafts, the nurse, ticked rows."""

import os

import pytest
from playwright.sync_api import expect

from callbacks.models import Attempt, Callback, Draft
from tests.browser.conftest import Watched
from tests.browser.keyboard import ready
from tests.browser.test_journey import a_call_came_in, sign_in
from tests.callbacks.desk import fresh
from tests.cast import Cast
from tests.waiting import becomes_true

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def callback(cast: Cast) -> Callback:
    return a_call_came_in()


def open_claimed(page, live_server, callback: Callback, name: str = "ana") -> None:
    """Signed in, on the callback's page, holding it."""
    sign_in(page, live_server.url, name)
    page.wait_for_url("**/queue")
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    ready(page)
    page.keyboard.press("c")
    page.get_by_text("Held for you").wait_for()
    ready(page)


def test_a_dial_is_noted_before_the_telephone_rings(live_server, watched: Watched, callback: Callback):
    page = watched.page
    open_claimed(page, live_server, callback)
    page.keyboard.press("r")
    page.locator("#number .number:not(.is-masked)").wait_for()
    page.keyboard.press("d")
    page.get_by_text("Your telephone dials now").wait_for()
    assert fresh(callback).dial_started_at is not None
    assert watched.complaints == []


def test_a_note_is_kept_while_typing_and_found_after_a_reload(live_server, watched: Watched, callback: Callback):
    page = watched.page
    open_claimed(page, live_server, callback)
    page.keyboard.press("m")
    page.keyboard.type("asks for Thursday")
    assert becomes_true(Draft.objects.exists)
    page.wait_for_function("document.getElementById('note').value === document.getElementById('note').defaultValue")
    page.reload()
    expect(page.locator("#note")).to_have_value("asks for Thursday")


def test_a_concern_goes_to_the_nurse_by_keyboard(live_server, watched: Watched, callback: Callback):
    page = watched.page
    open_claimed(page, live_server, callback)
    page.keyboard.press("Shift+E")
    dialog = page.get_by_role("dialog", name="Clinical concern")
    expect(dialog).to_contain_text("please hang up and dial 911 now")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.keyboard.press("Shift+E")
    page.get_by_label("Said they will dial 911").check()
    page.get_by_label("The caller's own words").fill("pain since Tuesday")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/concern.png")
    page.get_by_role("button", name="Pass to the nurse").click()
    page.get_by_role("heading", name="With the clinical team").wait_for()
    page.context.clear_cookies()

    sign_in(page, live_server.url, "nadia")
    page.get_by_role("link", name="Clinical 1").click()
    page.get_by_role("rowheader").get_by_role("link").click()
    ready(page)
    page.keyboard.press("c")
    expect(page.get_by_label("Clinical concern", exact=True)).to_contain_text("pain since Tuesday")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/nurse.png", full_page=True)
    assert watched.complaints == []


def test_an_outcome_is_taken_back_by_one_key(live_server, watched: Watched, callback: Callback):
    page = watched.page
    open_claimed(page, live_server, callback)
    page.keyboard.press("1")
    page.keyboard.press("m")
    page.keyboard.type("Friday at ten")
    page.keyboard.press("Control+Enter")
    page.get_by_text("wrong button?").wait_for()
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/undo.png")
    ready(page)
    page.keyboard.press("u")
    page.get_by_text("Held for you").wait_for()
    expect(page.locator("#note")).to_have_value("Friday at ten")
    assert Attempt.objects.get().undone_at is not None
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/workspace.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{folder}/workspace-390.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []


def test_what_a_dialog_refused_is_open_again_with_what_was_typed(live_server, watched: Watched, callback: Callback):
    page = watched.page
    open_claimed(page, live_server, callback)
    page.keyboard.press("s")
    page.get_by_label("Until (clinic time)").fill("2020-01-01T09:00")
    dialog = page.get_by_role("dialog", name="Put off")
    dialog.get_by_role("button", name="Snooze").click()
    expect(dialog.get_by_role("alert")).to_have_text("That time has passed already.")
    expect(page.get_by_label("Until (clinic time)")).to_have_value("2020-01-01T09:00")


def test_a_supervisor_ticks_rows_by_keyboard(live_server, watched: Watched, cast: Cast, callback: Callback):
    page = watched.page
    sign_in(page, live_server.url, "sam")
    page.get_by_role("rowheader").wait_for()
    ready(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("status").filter(has_text="ticked")).to_have_text("1 ticked")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/bulk.png")
    page.get_by_role("button", name="Give", exact=True).first.click()
    page.get_by_label("To", exact=True).select_option(label="Ben")
    page.get_by_label("Why").fill("his callers")
    page.get_by_role("dialog", name="Give to a colleague").get_by_role("button", name="Give").click()
    page.get_by_text("1 of 1 was done.").wait_for()
    assert fresh(callback).preferred_agent == cast.ben
    assert watched.complaints == []
