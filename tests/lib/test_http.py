"""Lib's outbound HTTP: who may be spoken to, and what is made of answers that end badly or not at all."""

import socket
import threading
from collections.abc import Iterator

import pytest

from lib.http import AddressRefusedError, Allow, Answer, RequestFailedError, Timeout, request
from tests.fakes.server import FakeServer, served

LOOPBACK = Allow(hosts=frozenset({"127.0.0.1", "localhost"}), private=frozenset({"127.0.0.1", "localhost"}))
PUBLIC = Allow(hosts=frozenset({"crm.example.com"}))
QUICK = Timeout(connect=0.5, read=0.4, total=0.6)


class Echo(FakeServer):
    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return 200, {"X-Seen": headers["host"]}, method.encode() + b" " + path.encode() + b" " + body


@pytest.fixture
def echo() -> Iterator[Echo]:
    with served(Echo()) as fake:
        yield fake


def ask(url: str, *, method: str = "POST", allow: Allow = LOOPBACK, cap: int = 1000) -> Answer:
    return request(method, url, headers={}, body=b"hello", timeout=QUICK, cap=cap, allow=allow)


def resolving_to(*addresses: str):
    def resolve(host, port, *args, **kwargs):
        family = socket.AF_INET6 if ":" in addresses[0] else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


class TestAnswers:
    def test_an_answer_comes_whole(self, echo):
        answer = ask(f"{echo.address}/a?b=c")
        assert (answer.status, answer.body) == (200, b"POST /a?b=c hello")
        assert answer.headers["x-seen"] == echo.address.removeprefix("http://")

    def test_a_redirect_is_an_answer_and_is_not_followed(self, echo):
        echo.script = ["redirect"]
        assert ask(echo.address).status == 302
        assert len(echo.seen) == 1

    @pytest.mark.parametrize(
        ("word", "code"),
        [("hung", "timeout"), ("lost", "broken"), ("truncated", "broken"), ("endless", "too_large")],
    )
    def test_what_does_not_come_whole_may_have_been_done(self, echo, word, code):
        echo.script = [word]
        with pytest.raises(RequestFailedError) as failed:
            ask(echo.address)
        assert (failed.value.code, failed.value.was_sent) == (code, True)

    def test_nobody_there_has_done_nothing(self):
        with pytest.raises(RequestFailedError) as failed:
            ask("http://127.0.0.1:1/")
        assert (failed.value.code, failed.value.was_sent) == ("unreachable", False)

    def test_a_byte_at_a_time_ends_with_the_whole_time(self):
        stop = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as server:

            def drip() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    while not stop.wait(0.05):
                        try:
                            connection.sendall(b".")
                        except OSError:
                            return

            thread = threading.Thread(target=drip)
            thread.start()
            with pytest.raises(RequestFailedError, match="timeout"):
                ask(f"http://127.0.0.1:{server.getsockname()[1]}/")
            stop.set()
            thread.join()


class TestWhoMayBeSpokenTo:
    @pytest.mark.parametrize(
        "url",
        [
            "ftp://127.0.0.1/", "file:///etc/passwd", "http:///x", "https://user:secret@127.0.0.1/", "gopher://localhost",
            "http://other.example/",
        ],
    )  # fmt: skip
    def test_odd_addresses_and_unnamed_hosts_are_refused(self, url):
        with pytest.raises(AddressRefusedError):
            ask(url)

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "10.0.0.8", "172.16.3.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
         "64:ff9b::a9fe:a9fe", "2002:a00:8::1", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.8", "::ffff:127.0.0.1"],
    )  # fmt: skip
    def test_a_public_name_with_a_private_address_is_refused(self, monkeypatch, address):
        monkeypatch.setattr(socket, "getaddrinfo", resolving_to(address))
        with pytest.raises(AddressRefusedError):
            ask("https://crm.example.com/", allow=PUBLIC)

    def test_one_private_address_among_public_ones_is_enough(self, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", resolving_to("8.8.8.8", "10.0.0.8"))
        with pytest.raises(AddressRefusedError):
            ask("https://crm.example.com/", allow=PUBLIC)

    def test_a_private_host_may_stand_in_the_clinics_network_but_not_at_the_clouds_own_address(self, monkeypatch):
        named = Allow(hosts=frozenset({"crm.clinic.example"}), private=frozenset({"crm.clinic.example"}))
        for address, code in (("10.255.255.1", "unreachable"), ("169.254.169.254", "address_refused")):
            monkeypatch.setattr(socket, "getaddrinfo", resolving_to(address))
            monkeypatch.setattr(socket, "create_connection", refuse)
            with pytest.raises(RequestFailedError, match=code):
                ask("https://crm.clinic.example/", allow=named)

    def test_plain_http_is_for_loopback_alone(self, monkeypatch):
        monkeypatch.setattr(socket, "getaddrinfo", resolving_to("10.0.0.8"))
        with pytest.raises(AddressRefusedError):
            ask(
                "http://crm.clinic.example/",
                allow=Allow(frozenset({"crm.clinic.example"}), frozenset({"crm.clinic.example"})),
            )

    def test_the_address_that_was_judged_is_the_one_connected_to(self, monkeypatch):
        seen = []

        def note(place: object, timeout: object) -> None:
            del timeout
            seen.append(place)
            refuse()

        monkeypatch.setattr(socket, "getaddrinfo", resolving_to("8.8.8.8"))
        monkeypatch.setattr(socket, "create_connection", note)
        with pytest.raises(RequestFailedError, match="unreachable"):
            ask("https://crm.example.com/", allow=PUBLIC)
        assert seen == [("8.8.8.8", 443)]


class TestTls:
    def test_a_certificate_nobody_trusts_is_refused_before_anything_is_said(self, tmp_path):
        """A server that speaks no TLS at all is refused the same way."""
        with served(Echo()) as fake, pytest.raises(RequestFailedError) as failed:
            ask(fake.address.replace("http://", "https://"))
        assert (failed.value.code, failed.value.was_sent) == ("tls", False)
        assert fake.seen == []


def refuse(*_args, **_kwargs):
    raise ConnectionRefusedError
