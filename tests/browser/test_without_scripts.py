"""The desk with JavaScript off: a caller can still be claimed, seen, called back and wrapped up."""

import pytest
from playwright.sync_api import Page, expect

from callbacks.models import Attempt
from callbacks.states import Status
from tests.cast import PASSWORD, Cast
from tests.policies.callers import promise_call

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_claim_reveal_and_outcome_are_plain_forms(live_server, plain_page: Page, cast: Cast):
    callback = promise_call(cast.riverside)
    page = plain_page
    page.goto(f"{live_server.url}/")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=f"Claim {callback.ref}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(callback.ref)
    page.get_by_role("button", name="Show number").click()
    expect(page.locator("#number .number")).to_have_text("(202) 555-0143")
    page.get_by_text("Appointment booked").click()
    page.get_by_label("Note for whoever calls next").fill("Booked for Monday.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text(callback.ref)
    callback.refresh_from_db()
    assert callback.status == Status.CLOSED
    assert Attempt.objects.get().outcome == "booked"
    page.locator(".side").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{live_server.url}/sign-in")


def test_an_outcome_that_is_refused_says_why_and_keeps_what_was_typed(live_server, plain_page: Page, cast: Cast):
    callback = promise_call(cast.riverside)
    page = plain_page
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Claim").click()
    page.get_by_label("Note for whoever calls next").fill("Not yet.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("how the call ended")
    expect(page.get_by_label("Note for whoever calls next")).to_have_value("Not yet.")
