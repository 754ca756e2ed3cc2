"""A passkey in Chromium, whose own virtual authenticator holds it: added, used to sign in and to unlock, removed."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Passkey
from tests.browser.conftest import Watched
from tests.browser.keyboard import ready
from tests.browser.test_journey import sign_in
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def put_a_device_on(page: Page):
    """Chromium's own telephone: it holds keys that name their person, and knows its person by a finger."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return cdp, device


@pytest.mark.parametrize("width", [1440, 390])
def test_a_passkey_is_added_signs_in_unlocks_and_is_removed(live_server, watched: Watched, cast: Cast, width: int):
    page = watched.page
    page.set_viewport_size({"width": width, "height": 900})
    cdp, device = put_a_device_on(page)
    sign_in(page, live_server.url, "ana")
    expect(page).to_have_url(f"{live_server.url}/queue")
    ready(page)
    page.get_by_role("button", name="Your menu").click()
    page.locator("#me").get_by_role("link", name="Passkeys").click()
    expect(page.get_by_role("heading", name="You have no passkey yet")).to_be_visible()
    page.get_by_label("What do you call this device?").fill("Blue telephone")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Blue telephone")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    (held,) = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert held["rpId"] == "localhost"
    assert held["isResidentCredential"]

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in?next=/queue%3Fview%3Dmine")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{live_server.url}/queue?view=mine")
    assert Passkey.objects.get().sign_count > 0

    # With the password, the same key is the second factor.
    page.context.clear_cookies()
    sign_in(page, live_server.url, "ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="Use a passkey").press("Enter")
    expect(page).to_have_url(f"{live_server.url}/queue")

    # A finger that is not its person's opens nothing, and the page says so and stays.
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used.")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{live_server.url}/queue")

    page.goto(f"{live_server.url}/settings/passkeys")
    page.get_by_role("button", name="Remove Blue telephone").click()
    expect(page.get_by_role("heading", name="You have no passkey yet")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That passkey does not open this.")
    # The last refusal is a 422, which the console tells as an error; nothing else is there.
    assert [text for text in watched.complaints if "422" not in text] == []


def test_at_an_address_that_can_hold_none_the_page_says_so(live_server, watched: Watched, cast: Cast):
    page = watched.page
    address = live_server.url.replace("localhost", "127.0.0.1")
    sign_in(page, address, "ana")
    expect(page).to_have_url(f"{address}/queue")
    page.goto(f"{address}/settings/passkeys")
    page.get_by_label("What do you call this device?").fill("Blue telephone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="this device or address cannot hold one")).to_be_visible()
    assert not Passkey.objects.exists()
