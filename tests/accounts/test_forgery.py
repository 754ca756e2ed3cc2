"""What a browser or a proxy claims about itself: hosts, addresses and schemes in headers open nothing and name nobody."""

import pytest
from django.test import Client

from audit.events import SIGN_IN_FAILED, SIGNED_IN
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

CLAIMS = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-For": "198.51.100.9",
    "X-Real-IP": "198.51.100.9",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=198.51.100.9;host=evil.example;proto=https",
}


def sign_in(client, password=PASSWORD, **more):
    return client.post("/sign-in", {"username": "ana", "password": password, **more}, headers=CLAIMS)


def test_a_forged_host_opens_nothing_even_with_a_good_session_and_stands_in_the_log(cast, caplog):
    ana = cast.browser("ana")
    ana.raise_request_exception = False
    for method in (ana.get, ana.post):
        assert method("/queue", headers={"Host": "evil.example"}).status_code == 400
    said = [record.name for record in caplog.records]
    assert said.count("django.security.DisallowedHost") == 2
    assert ana.get("/queue").status_code == 200


def test_forwarded_headers_lead_nobody_elsewhere(cast):
    ana = Client(headers={"accept": "text/html"})
    assert sign_in(ana, next="https://evil.example/queue")["Location"] == "/queue"
    ana.post("/sign-out", headers=CLAIMS)
    assert ana.get("/queue", headers=CLAIMS)["Location"] == "/sign-in?next=/queue"


def test_nor_into_the_link_of_an_invitation(cast):
    form = {"action": "invite_again", "_selected_action": str(cast.ana.pk)}
    page = cast.browser("max").post("/admin/accounts/user/", form, headers=CLAIMS).content.decode()
    assert "/invitation#" in page
    assert "evil.example" not in page


def test_the_trail_holds_the_peer_and_not_what_was_claimed(cast, trail):
    sign_in(Client(), "wrong")
    sign_in(Client())
    addresses = {event["ip"] for tag in (SIGN_IN_FAILED, SIGNED_IN) for event in trail.events(tag)}
    assert addresses == {"127.0.0.1"}


def test_behind_the_operators_proxy_the_last_entry_is_the_peer_whatever_came_before(cast, trail, settings):
    settings.TRUSTED_PROXY = True
    claims = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
    Client().post("/sign-in", {"username": "ana", "password": "wrong"}, headers=claims)
    assert trail.events(SIGN_IN_FAILED)[0]["ip"] == "203.0.113.7"
