"""One morning in Chromium: a receptionist calls somebody back by keyboard, and the officer reads every view of it."""

import pytest
from playwright.sync_api import Page, expect

from audit.background import service_scope
from callbacks.models import Attempt, Callback
from intake.management.commands.send_sample_report import sample_report
from intake.services.opening import DeliveryWork
from lib import clock
from tests.browser.conftest import Watched
from tests.cast import PASSWORD, Cast
from tests.intake.signed_posts import post_report
from tests.policies.callers import shows_a_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, server: str, name: str) -> None:
    page.goto(f"{server}/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")


def a_call_came_in() -> Callback:
    assert post_report(sample_report("structured-outputs", 0, clock.now())).status_code == 200
    with service_scope("relay", route="test"):
        DeliveryWork().work_off(limit=10)
    return Callback.objects.get()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_caller_is_called_back_by_keyboard_and_every_view_is_on_record(
    live_server, watched: Watched, cast: Cast, trail, width: int
):
    callback = a_call_came_in()
    page = watched.page
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 person is waiting for a call")
    assert "Dana" not in page.title()

    # Keys work once the page's modules have run.
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_title(f"Callback {callback.ref} · Ringback")
    assert not shows_a_number(page.content())

    page.wait_for_load_state("load")
    page.keyboard.press("c")
    page.get_by_text("Held for you").wait_for()
    page.wait_for_load_state("load")
    assert not shows_a_number(page.content())
    page.keyboard.press("r")
    expect(page.locator("#number .number")).to_contain_text("(202) 555-01")

    page.keyboard.press("4")
    expect(page.locator("[data-preview-text]")).to_contain_text("Will be tried again")
    page.keyboard.press("m")
    page.keyboard.type("Rang three times.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toasts")).to_contain_text(callback.ref)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]

    page.get_by_role("button", name="Your menu").click()
    page.locator("#me").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{live_server.url}/sign-in")
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.staff) == ("no_answer", cast.ana)
    assert watched.complaints == []

    seen = [
        (event["tag"], event.get("object_id"), event["fields"])
        for event in trail.events()
        if event.get("actor_id") == str(cast.ana.pk)
    ]
    mine = str(callback.pk)
    assert ("queue:caller:shown", mine, ["first_name", "phone_tail"]) in seen
    assert ("callback:claim:taken", mine, []) in seen
    assert ("callback:number:revealed", mine, ["called_from", "phone"]) in seen
    assert ("callback:attempt:recorded", mine, ["note", "outcome"]) in seen


def test_the_officer_finds_every_view_of_a_caller(live_server, watched: Watched, cast: Cast):
    callback = a_call_came_in()
    cast.browser("ana").get(f"/callbacks/{callback.pk}")
    page = watched.page
    sign_in(page, live_server.url, "olu")
    page.get_by_label("Caller or callback").fill(callback.ref)
    page.get_by_role("button", name="Search").click()
    table = page.get_by_role("table", name="Events, newest first")
    expect(table).to_contain_text("opened a callback")
    expect(table).to_contain_text("first_name, phone_tail")
    expect(table).to_contain_text("delivered a signed report")
    assert "Dana" not in page.content()
    assert watched.complaints == []
