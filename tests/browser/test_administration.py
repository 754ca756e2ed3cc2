"""The queue in Django admin, in Chromium: claimed, recorded and searched, on a screen and on a telephone."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from callbacks.models import Attempt, Callback
from tests.browser.keyboard import ready, sign_in
from tests.browser.watching import Watched
from tests.cast import Cast
from tests.policies.callers import promise_call, shows_a_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_callback_is_claimed_and_its_outcome_recorded(
    live_server, watched: Watched, cast: Cast, width: int, theme: str
):
    User.objects.update(is_staff=True)
    callback = promise_call(cast.riverside)
    page, fits = watched.page, "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    sign_in(page, live_server.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.goto(f"{live_server.url}/admin/callbacks/callback/")
    ready(page)
    # On its frame, beside the page's own ground: the badge has the colours of its theme.
    ground = page.locator(".badge").evaluate("badge => getComputedStyle(badge).backgroundColor")
    assert ground not in {"rgba(0, 0, 0, 0)", page.evaluate("getComputedStyle(document.body).backgroundColor")}
    page.get_by_role("checkbox", name=callback.ref).check()
    page.get_by_label("Action:").select_option("claim")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text(f"{callback.ref} is yours.")).to_be_visible()
    assert page.evaluate(fits)
    assert not shows_a_number(page.content())

    held_until = Callback.objects.get().lease_expires_at
    page.get_by_role("checkbox", name=callback.ref).check()
    page.get_by_label("Action:").select_option("record_outcome")
    with page.expect_response("**/heartbeat") as beat:
        page.get_by_role("button", name="Go").click()
    assert beat.value.status == 200
    assert Callback.objects.get().lease_expires_at > held_until
    page.get_by_label("How did the call end?").select_option("no_answer")
    page.get_by_label("Note").fill("Rang three times.")
    assert page.evaluate(fits)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"{callback.ref}: ")).to_be_visible()
    assert Attempt.objects.get().staff == cast.ana
    assert watched.complaints == []


def test_a_name_typed_into_the_search_is_never_sent(live_server, watched: Watched, cast: Cast):
    User.objects.update(is_staff=True)
    callback = promise_call(cast.riverside)
    page, sent = watched.page, []
    sign_in(page, live_server.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{live_server.url}/admin/callbacks/callback/")
    ready(page)
    page.on("request", lambda request: sent.append(request.url))
    for typed in ("Dana", "202 555 0143"):
        page.get_by_label("Reference").fill(typed)
        page.keyboard.press("Enter")
    assert page.get_by_label("Reference").evaluate("field => field.matches(':invalid')")
    assert not [address for address in sent if "q=" in address]
    page.get_by_label("Reference").fill(callback.ref.lower())
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/admin/callbacks/callback/?q={callback.ref.lower()}")
    expect(page.get_by_role("link", name=callback.ref)).to_be_visible()
