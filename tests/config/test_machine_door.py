"""The door for machines: what their endpoints pass, and what stays with people's pages."""

import json

import pytest
from django.test import Client

from tests.intake.reports import article_signature, as_bytes, report, send


def test_a_signed_report_is_taken_without_session_or_cookie(cast):
    response = send(report())
    assert response.status_code == 200
    assert not response.cookies
    assert "Vary" not in response
    assert response["Content-Length"] == str(len(response.content))


def test_a_persons_session_is_not_even_looked_at(cast, django_assert_num_queries):
    """The signature is the proof; whoever is signed in beside it is nobody here."""
    ana = cast.browser("ana")
    body = as_bytes(report())
    headers = {**article_signature(body), "Origin": "https://elsewhere.example"}
    # The line; the statement that stores goes past Django's counter.
    with django_assert_num_queries(1):
        response = ana.post("/webhook/vapi", data=body, content_type="application/json", headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("url", ["/webhook", "/webhook/vapi"])
def test_its_answers_may_not_be_kept_or_guessed_at(cast, url):
    for response in (send(report(), url=url), send(report(), {}, url=url)):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Request-ID"]


@pytest.mark.parametrize("url", ["/webhooks", "/webhook/", "/webhook/vapi/../../queue"])
def test_an_address_that_is_no_endpoint_is_answered_as_any_other(cast, url):
    assert send(report(), url=url).status_code == 404


def test_a_name_that_is_not_this_desks_is_refused(cast):
    response = Client(headers={"host": "elsewhere.example"}).post("/webhook/vapi")
    assert response.status_code == 400


def test_what_breaks_inside_is_a_500_without_a_word_of_it(cast, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("Zqxname")

    monkeypatch.setattr("intake.views.store_report", broken)
    body = as_bytes(report())
    client = Client(raise_request_exception=False)
    response = client.post(
        "/webhook/vapi", data=body, content_type="application/json", headers=article_signature(body)
    )
    assert response.status_code == 500
    assert json.loads(response.content)["error"]
    assert "Zqx" not in response.content.decode()


def test_pages_keep_what_protects_them(cast):
    response = cast.browser("ana").get("/queue")
    assert response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
