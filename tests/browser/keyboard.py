"""Browser tests' hands: only the keyboard, as somebody works who never touches a mouse."""

from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORD

MOST_STEPS = 60
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def ready(page: Page) -> None:
    """Wait until a new page's scripts have run and it stands on the screen: Chromium drops keys pressed before that."""
    page.wait_for_load_state("load")
    page.evaluate(TWO_FRAMES)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is on `wanted`; fails where it cannot be reached that way."""
    for _ in range(MOST_STEPS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_STEPS} presses of Tab do not reach {wanted}\n{page.locator('body').aria_snapshot()}")


def sign_in(page: Page, url: str, name: str) -> None:
    """The name has the focus when the page opens."""
    page.goto(f"{url}/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def sign_out(page: Page) -> None:
    # A page that is still coming would take the focus back to its beginning.
    ready(page)
    tab_to(page, page.get_by_role("button", name="Your menu"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#me").get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
