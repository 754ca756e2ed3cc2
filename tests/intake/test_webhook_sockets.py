"""The webhook over real sockets: bytes that client libraries do not send, slow and broken senders, and other methods."""

import socket
import threading
import time

import pytest
from django.conf import settings

from intake.models import Delivery
from intake.signatures import sign_article_form
from tests.intake.reports import as_bytes, report, secret, stored
from tests.live_desk import Answer, LiveDesk, read_answer
from tests.waiting import becomes_true

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "Content-Type: application/json"


def head(*lines: str, method: str = "POST", path: str = "/webhook/vapi") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode("latin-1")


def signature(body: bytes) -> str:
    return f"X-Vapi-Signature: {sign_article_form(secret(), body)['x-vapi-signature']}"


def assert_refused(answer: Answer, status: int) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    assert "no-store" in answer.headers["cache-control"]
    assert b'"error"' in answer.body
    assert stored() == (0, 0, 0)


def test_a_report_is_taken(live_desk, cast):
    body = as_bytes(report())
    answer = live_desk.answer_to(head(JSON, signature(body), f"Content-Length: {len(body)}") + body)
    assert answer.status == 200
    assert stored() == (1, 1, 0)
    assert not any(character.isdigit() for character in answer.headers["server"])


def test_a_sender_that_asks_before_it_sends_is_told_to_go_on(live_desk, cast):
    body = as_bytes(report())
    with live_desk.line() as line:
        line.sendall(head(JSON, signature(body), f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert line.recv(1024).startswith(b"HTTP/1.1 100")
        line.sendall(body)
        assert read_answer(line).status == 200


def test_two_reports_on_one_connection_are_both_taken(live_desk, cast):
    with live_desk.line() as line:
        for _ in range(2):
            body = as_bytes(report())
            line.sendall(head(JSON, signature(body), f"Content-Length: {len(body)}") + body)
            assert read_answer(line).status == 200
    assert Delivery.objects.count() == 2


def test_a_body_without_a_length_is_411(live_desk, cast):
    assert_refused(live_desk.answer_to(head(JSON, signature(b""))), 411)


@pytest.mark.parametrize("extra", [[], ["Content-Length: 7"]])
def test_a_chunked_body_is_411_although_it_would_read_as_empty_and_fit(live_desk, cast, extra):
    # The signature is that of no bytes at all, which is what WSGI makes of chunks.
    chunks = b"2\r\n{}\r\n0\r\n\r\n"
    answer = live_desk.answer_to(head(JSON, signature(b""), "Transfer-Encoding: chunked", *extra) + chunks)
    assert_refused(answer, 411)


def test_ten_megabytes_are_refused_before_one_of_them_is_sent(live_desk, cast):
    assert_refused(live_desk.answer_to(head(JSON, signature(b"{}"), "Content-Length: 10485760")), 413)


def test_an_unknown_type_is_refused_before_the_body_is_sent(live_desk, cast):
    assert_refused(live_desk.answer_to(head("Content-Type: text/plain", "Content-Length: 4000000")), 415)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset*=bogus''%ff",
        "application/json; charset*=x",
        "application/json; charset*=utf-16''utf-16",
        "application/json; charset=\xff\xfe",
        "\xe9",
        ";;;=",
        '"',
    ],
)
def test_a_type_nobody_can_read_is_415(live_desk, cast, content_type):
    answer = live_desk.answer_to(head(f"Content-Type: {content_type}", signature(b"{}"), "Content-Length: 2") + b"{}")
    assert_refused(answer, 415)


@pytest.mark.parametrize(
    "lines",
    [
        [f"X-Vapi-Signature: {'a' * 8192}"],
        ["X-Vapi-Signature: \xe9\xff"],
        ["X-Vapi-Signature:"],
        [signature(b"{}"), signature(b"{}")],
        [signature(b"{}"), f"x-vapi-signature: {'0' * 64}"],
    ],
)
def test_an_odd_signature_header_is_401(live_desk, cast, lines):
    assert_refused(live_desk.answer_to(head(JSON, *lines, "Content-Length: 2") + b"{}"), 401)


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 2", "Content-Length: 3"],
        ["Content-Length: 2\xb2"],
        [f"Content-Length: {'9' * 5000}"],
        ["Content-Length: 2", "Bad Header: x"],
        ["Content-Length: 2", f"X-Filler: {'a' * 600_000}"],
    ],
)
def test_a_request_that_is_no_http_is_a_400_of_the_server(live_desk, cast, lines):
    try:
        answer = live_desk.answer_to(head(JSON, *lines) + b"{}")
    except ConnectionError:
        # The server may hang up while the rest is still being sent.
        assert "600" in repr(len(lines[-1]))
    else:
        assert answer.status in {400, 431}
        assert b"{}" not in answer.body
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_405_and_say_which_one_is_right(live_desk, cast, method):
    answer = live_desk.answer_to(head("X-Canary: Zqxcanary", method=method))
    assert_refused(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert b"Zqxcanary" not in answer.body


def test_head_is_405_without_a_body(live_desk, cast):
    answer = live_desk.ask("HEAD", "/webhook/vapi")
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "POST", b"")


@pytest.mark.parametrize("path", ["/webhook/", "/webhook/vapi/", "/webhook/%ff", "/webhook/vapi%00"])
def test_no_address_redirects(live_desk, cast, path):
    answer = live_desk.answer_to(head(JSON, signature(b"{}"), "Content-Length: 2", path=path) + b"{}")
    assert_refused(answer, 404)
    assert "location" not in answer.headers


def test_a_stranger_name_for_this_desk_is_refused_and_not_written_down(live_desk, cast):
    request = head(JSON, signature(b"{}"), "Content-Length: 2").replace(b"localhost", b"zqxcanary.example")
    assert_refused(live_desk.answer_to(request + b"{}"), 400)
    assert becomes_true(lambda: "DisallowedHost" in live_desk.log.read_text())
    assert "zqxcanary" not in live_desk.log.read_text()


def test_a_sender_that_hangs_up_halfway_stores_nothing_and_hurts_nobody(desk_of_its_own, cast):
    body = as_bytes(report())
    for cut in (0, 1, len(body) // 2, len(body) - 1):
        with desk_of_its_own.line() as line:
            line.sendall(head(JSON, signature(body), f"Content-Length: {len(body)}") + body[:cut])
            line.shutdown(socket.SHUT_WR)
            assert line.recv(65536)[9:12] in {b"", b"408"}
    assert stored() == (0, 0, 0)
    assert desk_of_its_own.post(body, sign_article_form(secret(), body)).status == 200


def test_slow_senders_do_not_keep_a_report_waiting(desk_of_its_own: LiveDesk, cast):
    """Twenty senders that stop in the middle of their headers; then one honest report."""
    lines = [socket.create_connection(("127.0.0.1", desk_of_its_own.port), timeout=10) for _ in range(20)]
    try:
        for line in lines:
            line.sendall(head(JSON, "Content-Length: 500")[:-2])
        body = as_bytes(report())
        started = time.monotonic()
        assert desk_of_its_own.post(body, sign_article_form(secret(), body)).status == 200
        assert time.monotonic() - started < 1
    finally:
        for line in lines:
            line.close()


def test_a_few_stalled_bodies_do_not_keep_a_report_waiting(desk_of_its_own: LiveDesk, cast):
    """Three senders announce a body and send one byte of it; each holds one of the desk's four threads."""
    lines = [socket.create_connection(("127.0.0.1", desk_of_its_own.port), timeout=10) for _ in range(3)]
    try:
        for line in lines:
            line.sendall(head(JSON, signature(b"{}"), "Content-Length: 500") + b"{")
        body = as_bytes(report())
        started = time.monotonic()
        assert desk_of_its_own.post(body, sign_article_form(secret(), body)).status == 200
        assert time.monotonic() - started < 1
    finally:
        for line in lines:
            line.close()


def test_fifty_forgeries_at_once_are_fifty_times_401(live_desk, cast):
    answers: list[int] = []
    body = as_bytes(report())

    def forge() -> None:
        answers.append(live_desk.post(body, sign_article_form("a-secret-nobody-gave-us-012345", body)).status)

    forgers = [threading.Thread(target=forge) for _ in range(50)]
    for forger in forgers:
        forger.start()
    for forger in forgers:
        forger.join()
    assert answers == [401] * 50
    assert stored() == (0, 0, 0)
    assert settings.VAPI_SERVER_SECRETS[0] not in live_desk.log.read_text()
