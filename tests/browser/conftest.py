"""Browser tests' ground: a real Chromium, an ear for whatever a page complains about, and a desk at one fixed morning."""

import os
import shutil
from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.stage import Stage
from tests.browser.watching import Watched
from tests.cast import OPEN_TUESDAY, Cast

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# No calls home, no sandbox as root, nothing kept.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        sentence = "Chromium is not installed; `apt-get install chromium`, or `make test` as root, installs it."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    # Playwright runs an event loop in this thread; Django's guard against that would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield Watched(context.new_page())
    context.close()


@pytest.fixture
def plain_page(chromium: Browser) -> Iterator[Page]:
    """A browser with JavaScript switched off."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def stage(chromium: Browser, live_server, cast: Cast) -> Iterator[Stage]:
    """The desk on a Tuesday at 10:12, for the server and for the browser; scenes are played on it."""
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        yield Stage(Watched(context.new_page()), live_server.url, cast, now)
        context.close()
