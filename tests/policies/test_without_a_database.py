"""Law: a database that is away is a 503 that says to try again, wherever in the request it is noticed."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError

from tests.intake.signed_posts import post_report
from tests.policies.conftest import NAME

NOTICED = {
    "while the session is loaded": (SessionStore, "load"),
    "while the person is loaded": ("accounts.backends.MembershipBackend.get_user",),
    "while rights are read": ("accounts.guards.held_rights",),
    "in the view": ("callbacks.web.queue.queue_page",),
    "while the page is made": ("accounts.context.held_rights",),
}


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("where", NOTICED)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_it_is_a_503_without_a_word_of_what_broke(ana, caller, monkeypatch, where, error, accept):
    def gone(*args, **kwargs):
        raise error(f"connection to server failed: {NAME}")

    ana.raise_request_exception = False
    monkeypatch.setattr(*NOTICED[where], gone)
    response = ana.get("/queue", headers={"accept": accept})
    assert response.status_code == 503
    assert response["Retry-After"]
    assert NAME not in response.content.decode() + str(response.headers)
    assert response["Content-Type"].startswith(accept)


def test_another_failure_stays_a_500(ana, caller, monkeypatch):
    ana.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "load", lambda *_: 1 / 0)
    assert ana.get("/queue").status_code == 500


def test_the_voice_side_is_told_to_come_again(cast, monkeypatch):
    def gone(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("intake.views.prove_delivery", gone)
    response = post_report({"type": "end-of-call-report"})
    assert (response.status_code, response.json()["error"]) == (503, "unavailable")
    assert response["Retry-After"]
