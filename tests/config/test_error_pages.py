"""Refusals and failures: JSON for programs, a page for people, nothing of the input, and 503 when the database is away."""

import time
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from config import error_pages
from lib.errors import ConflictRefusal, NotFoundRefusal
from tests.crowd import at_once
from tests.intake.reports import article_signature, as_bytes, report
from tests.live_desk import desk_environment, running_desk

PAGE = {"Accept": "text/html"}
PROGRAM = {"Accept": "application/json"}
NOWHERE = "postgresql://app:wrong@/ringback?host=/nonexistent"
# A browser that once signed in; without a database nobody can say who it is.
SIGNED_IN = {"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345"}
LONGEST_ANSWER_SECONDS = 3


@pytest.mark.parametrize("headers", [PROGRAM, {}, {"Accept": "*/*"}])
def test_programs_get_json(client, headers):
    response = client.get("/Zqxnowhere", headers=headers)
    assert response.status_code == 404
    assert response.json() == {"error": "not_found", "detail": "There is nothing at this address."}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("headers", [PAGE, {"HX-Request": "true"}])
def test_people_get_a_page_that_repeats_nothing(client, headers):
    response = client.get("/Zqxnowhere?name=Zqxname", headers=headers)
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
    assert b"Zqx" not in response.content
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("refusal", "status"), [(NotFoundRefusal(), 404), (ConflictRefusal("Somebody was faster."), 409)]
)
def test_a_refusal_is_its_sentence(refusal, status, db):
    asked = RequestFactory()
    answer = error_pages.refuse(asked.get("/x", headers=PROGRAM), refusal)
    assert answer.status_code == status
    assert refusal.code.encode() in answer.content
    assert refusal.sentence.encode() in answer.content


@pytest.mark.parametrize(
    ("handler", "arguments", "status", "code"),
    [
        (error_pages.bad_request, [ValueError("Zqx")], 400, b"bad_request"),
        (error_pages.forbidden, [PermissionDenied("Zqx")], 403, b"forbidden"),
        (error_pages.not_found, [Http404("Zqx")], 404, b"not_found"),
        (error_pages.server_error, [], 500, b"failed"),
    ],
)
def test_handlers_answer_programs_in_one_shape(handler, arguments, status, code):
    answer = handler(RequestFactory().get("/Zqx", headers=PROGRAM), *arguments)
    assert answer.status_code == status
    assert code in answer.content
    assert b"Zqx" not in answer.content


def answer_to(failure: Exception) -> HttpResponse:
    """What the last handler answers while this failure is being handled."""

    def fail() -> None:
        raise failure

    try:
        fail()
    except type(failure):
        return error_pages.server_error(RequestFactory().get("/", headers=PROGRAM))


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_failure_of_the_database_is_a_503_wherever_it_happens(error):
    answer = answer_to(error("Zqxhost refused"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"Zqx" not in answer.content


def test_another_failure_is_a_500():
    answer = answer_to(ValueError("Zqx"))
    assert answer.status_code == 500
    assert b"Zqx" not in answer.content


@pytest.fixture(scope="module")
def desk_without_database(postgres, django_db_setup, tmp_path_factory):
    folder = tmp_path_factory.mktemp("away")
    environment = desk_environment(postgres, folder, DATABASE_URL=NOWHERE, AUDIT_READER_URL=NOWHERE)
    with running_desk(environment, folder / "web.log") as desk:
        yield desk


class TestWithoutADatabase:
    """Every wait is bounded, nothing is promised, and people read a page that says to come back."""

    def test_a_page_is_a_503_within_three_seconds(self, desk_without_database):
        paths = ["/queue", f"/callbacks/{uuid4()}", "/admin/"]
        started = time.monotonic()
        answers = at_once(
            lambda path=path: desk_without_database.ask("GET", path, headers=SIGNED_IN | PAGE) for path in paths
        )
        assert time.monotonic() - started < LONGEST_ANSWER_SECONDS
        for answer in answers:
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert "no-store" in answer.headers["cache-control"]
            assert answer.headers["content-type"].startswith("text/html")

    def test_a_report_is_never_taken(self, desk_without_database):
        body = as_bytes(report())
        started = time.monotonic()
        answers = at_once(
            lambda headers=headers: desk_without_database.post(body, headers)
            for headers in (article_signature(body), {})
        )
        assert time.monotonic() - started < LONGEST_ANSWER_SECONDS
        for answer in answers:
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert b'"error":"unavailable"' in answer.body

    def test_readiness_names_the_database_and_the_process_still_lives(self, desk_without_database):
        answer = desk_without_database.ask("GET", "/health/ready")
        assert answer.status == 503
        assert b'"database": "failing"' in answer.body
        assert desk_without_database.ask("GET", "/health").status == 200

    def test_the_log_says_so_without_address_or_password(self, desk_without_database):
        desk_without_database.ask("GET", "/queue", headers=SIGNED_IN)
        log = desk_without_database.log.read_text()
        assert "database_away" in log
        assert not any(word in log for word in ("nonexistent", "wrong@", "abcdefghijklmnop"))
