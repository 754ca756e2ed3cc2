"""One morning in Chromium, by keyboard: somebody is called back, every view is on record, and the browser keeps nothing."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audit.background import service_scope
from callbacks.models import Attempt, Callback
from intake.management.commands.send_sample_report import sample_report
from intake.services.opening import DeliveryWork
from lib import clock
from tests.browser.keyboard import ready, sign_in, sign_out
from tests.browser.stage import Stage
from tests.browser.watching import Watched
from tests.cast import Cast
from tests.intake.signed_posts import post_report
from tests.live_desk import LiveDesk
from tests.policies.callers import shows_a_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Names, numbers and words of the sample's caller, and of the note Ana writes.
CALLERS_DATA = ("Dana", "555-01", "555 01", "55501", "Rang three times")


def a_call_came_in() -> Callback:
    assert post_report(sample_report("structured-outputs", 0, clock.now())).status_code == 200
    with service_scope("relay", route="test"):
        DeliveryWork().work_off(limit=10)
    return Callback.objects.get()


def call_back(page: Page, callback: Callback) -> None:
    """From the claimed callback's page to the saved outcome."""
    expect(page).to_have_title(f"Callback {callback.ref} · Ringback")
    page.get_by_text("Held for you").wait_for()
    ready(page)
    assert not shows_a_number(page.content())
    page.keyboard.press("r")
    expect(page.locator("#number .number")).to_contain_text("(202) 555-01")
    page.keyboard.press("4")
    expect(page.locator("[data-preview-text]")).to_contain_text("Will be tried again")
    page.keyboard.press("m")
    page.keyboard.type("Rang three times.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toasts")).to_contain_text(callback.ref)
    ready(page)


def everything_kept(page: Page) -> dict[str, Any]:
    """What the browser's stores hold for the desk, and where the tab was."""
    stores: dict[str, Any] = page.evaluate(
        """async () => ({
          local: {...localStorage},
          session: {...sessionStorage},
          databases: await indexedDB.databases(),
          caches: await caches.keys(),
          workers: (await navigator.serviceWorker.getRegistrations()).length,
          state: history.state,
        })"""
    )
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return {**stores, "history": [(entry["url"], entry["title"]) for entry in history["entries"]]}


def nothing_is_kept(page: Page) -> None:
    kept = everything_kept(page)
    assert (kept["local"], kept["session"], kept["databases"], kept["caches"], kept["workers"]) == ({}, {}, [], [], 0)
    assert kept["state"] in (None, {"row": ""})
    assert len(kept["history"]) >= 2
    assert not [word for word in CALLERS_DATA if word in str(kept)]


def cookies(page: Page) -> dict[str, tuple[bool, str, bool]]:
    """Each cookie: whether scripts are kept out, its SameSite, and whether it ends with the browser."""
    return {
        cookie["name"]: (cookie["httpOnly"], cookie["sameSite"], cookie["expires"] == -1)
        for cookie in page.context.cookies()
    }


def going_back_shows_nobody(page: Page, steps: int = 6) -> None:
    """Nothing of a caller comes back from the tab's history or the browser's memory of pages."""
    for _ in range(steps):
        page.go_back()
        page.wait_for_load_state("load")
        assert page.url.startswith("about:") or page.url.partition("?")[0].endswith("/sign-in"), page.url
        assert not [word for word in CALLERS_DATA if word in page.content()]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_caller_is_called_back_by_keyboard_and_every_view_is_on_record(stage: Stage, trail, width: int):
    callback = a_call_came_in()
    page, cast = stage.page, stage.cast
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, stage.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 person is waiting for a call")
    assert cookies(page) == {"sessionid": (True, "Lax", True), "csrftoken": (True, "Lax", False)}
    ready(page)
    page.keyboard.press("n")
    call_back(page, callback)
    nothing_is_kept(page)
    sign_out(page)
    assert set(cookies(page)) <= {"csrftoken"}
    nothing_is_kept(page)
    going_back_shows_nobody(page)
    assert stage.watched.complaints == []

    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.staff) == ("no_answer", cast.ana)
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


def test_the_web_process_of_make_run_serves_the_same_journey(live_desk: LiveDesk, watched: Watched, cast: Cast):
    """Its own clock may say that nobody can be dealt, so the row is opened and claimed."""
    callback = a_call_came_in()
    page, url = watched.page, f"http://127.0.0.1:{live_desk.port}"
    sign_in(page, url, "ana")
    page.get_by_role("heading", level=1).wait_for()
    ready(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Claim")).to_be_visible()
    ready(page)
    page.keyboard.press("c")
    call_back(page, callback)
    nothing_is_kept(page)
    sign_out(page)
    going_back_shows_nobody(page)
    assert watched.complaints == []
    assert Attempt.objects.get().staff == cast.ana


def test_keys_switched_off_stay_off_and_leave_nothing_in_the_browser(stage: Stage):
    a_call_came_in()
    page = stage.page
    sign_in(page, stage.url, "ana")
    page.wait_for_url("**/queue")
    ready(page)
    page.keyboard.press("?")
    with page.expect_response("**/settings/keys") as saved:
        page.get_by_label("Single keys work for me").uncheck()
    assert saved.value.status == 204
    nothing_is_kept(page)
    page.reload()
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.url.endswith("/queue")
    page.get_by_role("button", name="Your menu").click()
    page.locator("#me").get_by_role("button", name="Keys").click()
    expect(page.get_by_label("Single keys work for me")).not_to_be_checked()
    page.route("**/settings/keys", lambda route: route.abort())
    page.get_by_label("Single keys work for me").click()
    expect(page.get_by_label("Single keys work for me")).not_to_be_checked()


def test_the_officer_finds_every_view_of_a_caller(live_server, watched: Watched, cast: Cast):
    callback = a_call_came_in()
    cast.browser("ana").get(f"/callbacks/{callback.pk}")
    page = watched.page
    sign_in(page, live_server.url, "olu")
    page.get_by_role("link", name="Trail", exact=True).click()
    page.get_by_label("Caller or callback").fill(callback.ref)
    page.get_by_role("button", name="Search").click()
    table = page.get_by_role("table", name="Events, newest first")
    expect(table).to_contain_text("opened a callback")
    expect(table).to_contain_text("first_name, phone_tail")
    expect(table).to_contain_text("delivered a signed report")
    assert "Dana" not in page.content()
    assert watched.complaints == []
