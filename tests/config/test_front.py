"""The front over real sockets: senders that stall hold nobody up, are told so in time, and heads are read as written."""

import contextlib
import json
import socket
import threading
import time

import pytest

from config.front import PLACES, read_head
from config.web_server import KILL_SECONDS
from intake.signatures import sign_article_form
from tests.intake.reports import as_bytes, report, secret, stored
from tests.live_desk import HOST, desk_environment, read_answer, running_desk

pytestmark = pytest.mark.django_db(transaction=True)

BODY_SECONDS = 3
JSON = "Content-Type: application/json"
SIGNATURE = f"X-Vapi-Signature: {'a' * 64}"
FORM = "Content-Type: application/x-www-form-urlencoded"


def head(*lines, method="POST", path="/webhook/vapi"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode("latin-1")


@pytest.fixture
def desk(postgres, transactional_db, tmp_path):
    environment = desk_environment(postgres, tmp_path, RINGBACK_BODY_SECONDS=str(BODY_SECONDS))
    with running_desk(environment, tmp_path / "web.log") as desk:
        yield desk


@contextlib.contextmanager
def stalled(desk, count, request):
    """So many senders that stop after one byte of the body they announced."""
    with contextlib.ExitStack() as lines:
        yield [
            _sent(lines.enter_context(socket.create_connection((HOST, desk.port), timeout=20)), request)
            for _ in range(count)
        ]


def _sent(line, request):
    line.sendall(request)
    return line


@pytest.mark.parametrize(
    "request_head",
    [
        head(JSON, SIGNATURE, "Content-Length: 500"),
        # A cookie makes the page ask the session, and the database with it.
        head(FORM, f"Cookie: sessionid={'b' * 32}", "Content-Length: 500", path="/sign-in"),
    ],
)
def test_more_stalled_bodies_than_places_keep_no_report_waiting(desk, cast, request_head):
    with stalled(desk, PLACES * 3, request_head + b"{"):
        body = as_bytes(report())
        started = time.monotonic()
        assert desk.post(body, sign_article_form(secret(), body)).status == 200
        assert desk.ask("GET", "/health").status == 200
        assert time.monotonic() - started < BODY_SECONDS - 1
    assert stored() == (1, 1, 0)


def test_each_stalled_body_is_answered_408_in_its_time_and_its_connection_is_closed(desk, cast):
    started = time.monotonic()
    with stalled(desk, PLACES + 8, head(JSON, SIGNATURE, "Content-Length: 500") + b"{") as lines:
        for line in lines:
            answer = read_answer(line)
            assert answer.status == 408
            assert answer.headers["content-type"] == "application/json"
            assert "no-store" in answer.headers["cache-control"]
            assert set(json.loads(answer.body)) == {"error", "detail"}
            assert line.recv(1) == b""
    assert BODY_SECONDS - 1 < time.monotonic() - started < BODY_SECONDS + 5
    assert stored() == (0, 0, 0)


def test_a_body_that_comes_a_byte_at_a_time_has_the_same_deadline(desk, cast):
    with stalled(desk, 1, head(JSON, SIGNATURE, "Content-Length: 500")) as [line]:
        is_answered = threading.Event()

        def drip():
            with contextlib.suppress(OSError):
                while not is_answered.wait(0.1):
                    line.sendall(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            started = time.monotonic()
            assert read_answer(line).status == 408
            assert time.monotonic() - started < BODY_SECONDS + 2
        finally:
            is_answered.set()
            dripping.join()


def test_a_slow_but_whole_body_is_taken(desk, cast):
    body = as_bytes(report())
    signature = f"X-Vapi-Signature: {sign_article_form(secret(), body)['x-vapi-signature']}"
    with stalled(desk, 1, head(JSON, signature, f"Content-Length: {len(body)}") + body[:10]) as [line]:
        line.settimeout(0.5)
        with pytest.raises(TimeoutError):
            line.recv(1)
        line.settimeout(20)
        line.sendall(body[10:])
        assert read_answer(line).status == 200


def test_a_stalled_form_is_answered_without_its_fields(desk, cast):
    with stalled(desk, 1, head(FORM, "Accept: text/html", "Content-Length: 500", path="/sign-in") + b"a=") as [line]:
        # The form's token is in the body that never came.
        assert read_answer(line).status == 403


def test_a_stranger_without_a_signature_is_refused_before_the_body(desk, cast):
    started = time.monotonic()
    with stalled(desk, 1, head(JSON, "Content-Length: 500")) as [line]:
        assert read_answer(line).status == 401
    assert time.monotonic() - started < BODY_SECONDS - 1


def test_a_desk_with_open_connections_ends_when_it_is_asked(postgres, transactional_db, cast, tmp_path):
    """Browsers open connections ahead of need and keep used ones: neither may hold a worker until it is killed."""
    with contextlib.ExitStack() as lines:
        with running_desk(desk_environment(postgres, tmp_path), tmp_path / "web.log") as desk:
            silent = lines.enter_context(socket.create_connection((HOST, desk.port), timeout=20))
            used = lines.enter_context(socket.create_connection((HOST, desk.port), timeout=20))
            used.sendall(head(method="GET", path="/health"))
            assert read_answer(used).status == 200
            started = time.monotonic()
        assert time.monotonic() - started < 4
        assert (silent.recv(1), used.recv(1)) == (b"", b"")


def test_half_sent_requests_delay_the_end_by_no_more_than_their_own_limits(postgres, transactional_db, cast, tmp_path):
    environment = desk_environment(postgres, tmp_path, RINGBACK_BODY_SECONDS=str(BODY_SECONDS))
    with contextlib.ExitStack() as lines:
        with running_desk(environment, tmp_path / "web.log") as desk:
            lines.enter_context(stalled(desk, 2, head()[:-2]))
            lines.enter_context(stalled(desk, 2, head(JSON, SIGNATURE, "Content-Length: 500") + b"{"))
            # The kernel hands connections over in their order: those before this one are at work.
            assert desk.ask("GET", "/health").status == 200
            started = time.monotonic()
        # Whoever ends sooner was not killed for taking too long.
        assert time.monotonic() - started < KILL_SECONDS - 1


def scope(*headers, **changes):
    return {
        "method": "GET",
        "raw_path": b"/a%20b/%ff",
        "query_string": b"q=%20",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", "8000"),
        "client": ("203.0.113.7", "4711"),
        "headers": list(headers),
        **changes,
    }


def test_a_head_becomes_the_environ_of_pep_3333():
    environ = read_head(scope((b"host", b"localhost"), (b"content-type", b"\xe9"), (b"content-length", b"2")))
    assert environ["PATH_INFO"] == "/a b/\xff"
    assert (environ["QUERY_STRING"], environ["REMOTE_ADDR"]) == ("q=%20", "203.0.113.7")
    assert (environ["HTTP_HOST"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("localhost", "\xe9", "2")


def test_repeated_headers_are_joined_and_cookies_by_their_own_mark():
    environ = read_head(scope((b"x-a", b"1"), (b"x-a", b"2"), (b"cookie", b"a=1"), (b"cookie", b"b=2")))
    assert environ["HTTP_X_A"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_a_name_with_an_underscore_cannot_pass_for_the_proxys_header():
    environ = read_head(scope((b"x-forwarded-for", b"203.0.113.9"), (b"x_forwarded_for", b"198.51.100.1")))
    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.9"


def test_nothing_of_the_process_environment_is_in_a_request(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "Zqxcanary")
    assert "Zqxcanary" not in repr(read_head(scope()))
