"""Sign-in in Chromium: setting a telephone up by keyboard, and a locked desk that keeps what was typed and nothing else."""

import pytest
from playwright.sync_api import expect

from tests.accounts.clockwork import code_of
from tests.browser.conftest import Watched
from tests.browser.keyboard import ready
from tests.browser.test_journey import a_call_came_in, sign_in
from tests.cast import PASSWORD, Cast
from tests.waiting import becomes_true

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_telephone_is_set_up_and_used_by_keyboard(live_server, watched: Watched, cast: Cast, settings, width: int):
    settings.MFA_REQUIRED = True
    page = watched.page
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
    page.get_by_label("Type the six digits the app shows").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That code is not right")
    page.get_by_label("Type the six digits the app shows").fill(code_of(cast.ana, steps=-1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Keep these codes")
    expect(page.locator(".codes li")).to_have_count(10)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="I have kept them").press("Enter")
    expect(page).to_have_url(f"{live_server.url}/queue")

    # The page left behind asks for news; an answer of the old session must not arrive in the new one.
    page.goto("about:blank")
    page.context.clear_cookies()
    sign_in(page, live_server.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    # The field has the focus.
    page.keyboard.type(code_of(cast.ana))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/queue")
    # A refused form is a 422, which the console tells as an error; nothing else is there.
    assert [text for text in watched.complaints if "422" not in text] == []


def test_a_locked_desk_has_no_caller_in_its_document_and_gives_back_what_was_typed(
    live_server, watched: Watched, cast: Cast
):
    callback = a_call_came_in()
    page = watched.page
    sign_in(page, live_server.url, "ana")
    expect(page).to_have_url(f"{live_server.url}/queue")
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    assert "Dana" in page.content()
    ready(page)
    page.keyboard.press("c")
    page.get_by_text("Held for you").wait_for()
    ready(page)
    page.get_by_label("Note").fill("She asked for Thursday.")

    page.get_by_role("button", name="Your menu").click()
    page.locator("#me").get_by_role("button", name="Lock").click()
    expect(page.get_by_role("heading", name="This desk is locked")).to_be_visible()
    for trace in ("Dana", "555", callback.ref, "Thursday"):
        assert trace not in page.locator("body").inner_html()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="This desk is locked")).to_be_visible()
    assert becomes_true(lambda: page.evaluate("fetch('/queue').then(answer => answer.url)").endswith("next=/queue"))

    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not right")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note")).to_have_value("She asked for Thursday.")
    assert "Dana" in page.content()
    assert [text for text in watched.complaints if "422" not in text] == []


def test_whoever_takes_the_desk_over_loses_nobody_a_word(live_server, watched: Watched, cast: Cast):
    callback = a_call_came_in()
    page = watched.page
    sign_in(page, live_server.url, "ana")
    expect(page).to_have_url(f"{live_server.url}/queue")
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    ready(page)
    page.keyboard.press("c")
    page.get_by_text("Held for you").wait_for()
    ready(page)
    page.get_by_text("No answer", exact=True).click()
    page.get_by_label("Note").fill("She asked for Thursday.")
    # At once: what was typed has not been sent by itself yet.
    page.get_by_role("button", name="Your menu").click()
    with page.expect_response("**/draft"):
        page.locator("#me").get_by_role("button", name="Lock").click()
    page.get_by_role("button", name="Not you? Switch person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    sign_in(page, live_server.url, "ben")
    expect(page).to_have_url(f"{live_server.url}/queue")
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    assert "Thursday" not in page.content()

    # The page left behind asks for news; an answer of the old session must not arrive in the new one.
    page.goto("about:blank")
    page.context.clear_cookies()
    sign_in(page, live_server.url, "ana")
    expect(page).to_have_url(f"{live_server.url}/queue")
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    expect(page.get_by_label("Note")).to_have_value("She asked for Thursday.")
    assert watched.complaints == []
