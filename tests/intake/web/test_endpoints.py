"""The endpoints' page: administrators alone read it and take the file; both are on the trail."""

import pytest
from bs4 import BeautifulSoup

from audit.events import ACCESS_DENIED, ADMIN_PAGE_VIEWED
from intake.openapi.messages import EXAMPLES
from intake.refusals import SignatureRefusal
from intake.web.endpoints import DESCRIPTION

PAGES = ("/endpoints", "/endpoints/openapi.json")


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_reads_it_on_record(cast, trail, page):
    assert cast.browser("max").get(page).status_code == 200
    (event,) = trail.events(ADMIN_PAGE_VIEWED)
    assert (event["actor_label"], event["purpose"]) == ("max", ["HSYSADMIN"])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["ana", "sam", "olu"])
def test_nobody_else_does(cast, trail, page, name):
    assert cast.browser(name).get(page).status_code == 403
    assert len(trail.events(ACCESS_DENIED)) == 1


def test_the_page_shows_every_address_proof_example_and_refusal(cast):
    page = BeautifulSoup(cast.browser("max").get("/endpoints").content, "html.parser")
    text = page.get_text()
    for address in ("POST /webhook", "POST /webhook/vapi", "POST /webhook/vapi/{line_id}", "POST /webhook/token"):
        assert address in text
    for header in (
        "x-vapi-signature",
        "x-signature",
        "X-Vapi-Secret",
        "Authorization: Bearer",
        "Authorization: Basic",
    ):
        assert header in text
    assert len(page.select("figure")) == len(EXAMPLES)
    assert SignatureRefusal.sentence in text
    assert "artifact.structuredOutputs.*.result.patientFirstName" in text
    assert "toolCallList[].function.arguments" in text
    assert "`" not in text


def test_the_page_runs_nothing_and_fetches_nothing(cast):
    response = cast.browser("max").get("/endpoints")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    page = BeautifulSoup(response.content, "html.parser")
    assert all(found.get("src", found.get("href", "/")).startswith("/") for found in page(["script", "link", "img"]))


def test_the_file_is_the_description(cast):
    response = cast.browser("max").get("/endpoints/openapi.json")
    assert response.content.decode() == DESCRIPTION.read_text().rstrip("\n")
    assert response["Content-Disposition"] == 'attachment; filename="ringback-openapi.json"'
    assert response["Content-Type"].startswith("application/json")


def test_the_file_names_this_desk_where_its_address_is_known(cast, settings):
    settings.PUBLIC_URL = "https://desk.example"
    response = cast.browser("max").get("/endpoints/openapi.json")
    assert response.json()["servers"] == [{"url": "https://desk.example"}]
