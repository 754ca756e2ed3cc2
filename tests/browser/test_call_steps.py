"""The steps of a call in Chromium: three keys to a dialled caller, one script at a time, and who was verified."""

import pytest
from playwright.sync_api import Page, expect

from callbacks.models import Attempt, Callback
from tests.browser import scenes
from tests.browser.stage import Stage
from tests.browser.test_journey import a_call_came_in
from tests.callbacks.desk import fresh
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OUTCOMES_AT = "document.querySelector('.outcomes').getBoundingClientRect().top + window.scrollY"


def current_step(page: Page) -> str:
    return page.locator(".steps [aria-current=step]").inner_text().split()[-1]


def test_from_the_queue_to_a_dialled_caller_in_three_keystrokes(stage: Stage):
    callback = a_call_came_in()
    stage.sign_in("ana")
    page = stage.page
    page.keyboard.press("n")
    page.get_by_text("Held for you").wait_for()
    stage.ready()
    page.keyboard.press("r")
    page.locator("#number .number:not(.is-masked)").wait_for()
    page.keyboard.press("d")
    page.get_by_text("Your telephone dials now").wait_for()
    assert fresh(callback).dial_started_at is not None
    assert stage.watched.complaints == []


@pytest.mark.parametrize("width", [1440, 390])
def test_j_and_k_move_through_the_call_and_nothing_below_moves(stage: Stage, width: int):
    page = stage.page
    page.set_viewport_size({"width": width, "height": 900})
    scenes.workspace_mine(stage)
    address, outcomes = page.url, page.evaluate(OUTCOMES_AT)
    expect(page.get_by_text("May I speak with José?")).to_be_visible()
    for step, words in (
        ("Verify", "full name and date of birth, please"),
        ("Talk", "What can we do"),
        ("up", "Is there anything else"),
    ):
        page.keyboard.press("j")
        assert current_step(page) == step
        expect(page.locator(".say:visible")).to_contain_text(words)
        expect(page.locator(".say.is-current")).to_be_focused()
    page.keyboard.press("j")
    assert current_step(page) == "up"
    page.keyboard.press("k")
    assert current_step(page) == "Talk"
    page.get_by_role("link", name="Open", exact=True).click()
    assert current_step(page) == "Open"
    assert page.url == address
    # A digit still chooses how the call ended.
    page.keyboard.press("4")
    expect(page.get_by_label("No answer")).to_be_checked()
    assert page.evaluate(OUTCOMES_AT) == outcomes


def test_v_says_that_both_fit_and_that_is_what_is_kept(stage: Stage):
    scenes.workspace_mine(stage)
    page = stage.page
    expect(page.get_by_text("Not verified yet")).to_be_visible()
    page.keyboard.press("v")
    expect(page.get_by_text("Not verified yet")).to_be_hidden()
    expect(page.get_by_text("Verified: full name and date of birth")).to_be_visible()
    assert current_step(page) == "Talk"
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/queue")
    assert Attempt.objects.latest("recorded_at").verified_by == ["name", "dob"]


def test_twice_wrong_gives_the_main_line_and_chooses_the_outcome(stage: Stage):
    scenes.workspace_mine(stage)
    page = stage.page
    page.keyboard.press("j")
    page.get_by_label("Full name fits").check()
    wrong = page.get_by_role("button", name="Does not fit")
    wrong.press("Enter")
    expect(page.get_by_text("Ask once more, slowly.")).to_be_visible()
    expect(page.get_by_label("Identity not confirmed")).not_to_be_checked()
    wrong.press("Enter")
    expect(page.get_by_text("Please call us back on (202) 555-0198.")).to_be_visible()
    expect(page.get_by_label("Identity not confirmed")).to_be_checked()
    expect(page.get_by_label("Full name fits")).not_to_be_checked()
    expect(page.locator("[data-preview-text]")).not_to_contain_text("Choose how the call ended")


def test_a_chosen_voicemail_says_what_to_say(stage: Stage):
    scenes.workspace_mine(stage)
    page = stage.page
    said = page.get_by_text("with a message for José. Please call (202) 555-0198").filter(visible=True)
    expect(said).to_be_hidden()
    page.keyboard.press("6")
    expect(said).to_be_visible()
    page.keyboard.press("4")
    expect(said).to_be_hidden()


def test_without_scripts_the_steps_are_links_and_the_checks_are_sent(live_server, plain_page: Page, cast: Cast):
    callback = a_call_came_in()
    page = plain_page
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Claim").click()
    expect(page.locator(".says .say:visible")).to_have_count(4)
    page.get_by_role("link", name="Verify").click()
    expect(page).to_have_url(f"{live_server.url}/callbacks/{callback.pk}#step-verify")
    page.get_by_label("Full name fits").check()
    expect(page.get_by_text("Not verified yet")).to_be_visible()
    page.get_by_label("Date of birth fits").check()
    expect(page.get_by_text("Not verified yet")).to_be_hidden()
    expect(page.get_by_role("button", name="Does not fit")).to_be_hidden()
    page.get_by_text("Appointment booked").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text(callback.ref)
    assert Callback.objects.get().attempts.get().verified_by == ["name", "dob"]
