"""What a first look weighs: 150 kB compressed at most, and nothing from anybody else's host."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response

from tests.browser.conftest import Watched
from tests.browser.keyboard import sign_in
from tests.browser.test_journey import a_call_came_in
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 150_000


def test_the_first_look_at_the_queue_and_a_callback_is_light_and_from_here(live_server, watched: Watched, cast: Cast):
    """From the sign-in page to a callback's, with an empty cache; each file counts once, compressed as a front does."""
    callback = a_call_came_in()
    page = watched.page
    asked: set[str] = set()

    def keep(answer: Response) -> None:
        if answer.request.method == "GET" and answer.status == 200:
            asked.add(answer.url)

    page.on("response", keep)
    sign_in(page, live_server.url, "ana")
    page.wait_for_url(f"{live_server.url}/queue")
    page.goto(f"{live_server.url}/callbacks/{callback.pk}")
    page.wait_for_load_state("load")

    assert {urlsplit(address).netloc for address in asked} == {urlsplit(live_server.url).netloc}
    weights = {address: len(gzip.compress(page.request.get(address).body())) for address in sorted(asked)}
    assert len(weights) > 5, "styles and scripts were loaded too"
    assert sum(weights.values()) <= MOST_BYTES, sorted(weights.items(), key=lambda entry: -entry[1])[:5]
