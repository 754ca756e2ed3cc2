"""Tests' ground of fake servers: HTTP on a loopback port, one thread a request, and a script of how to misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

Fake = TypeVar("Fake", bound="FakeServer")


class FakeServer:
    """Answers by `answer`, unless `script` says what goes wrong next; asked with every request's method.

    Words of the script: a status, `lost` (done, then hung up on), `truncated`, `endless`, `html`, `redirect` (all three
    after it was done), `hung` (never answered), `slow`. `*` before a word: not done, only said.
    """

    def __init__(self) -> None:
        self.script: list[str] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.retry_after = "7"
        self.address = ""
        # Whether a method takes the script's next word; a search is no sending.
        self.scripted: Callable[[str], bool] = lambda method: method in {"POST", "PUT", "PATCH"}

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of a server in good health."""
        raise NotImplementedError


def _handler(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with fake.lock:
                fake.seen.append((self.command, self.path, headers, body))
                word = fake.script.pop(0) if fake.script and fake.scripted(self.command) else "ok"
            if word.isdecimal():
                # As many servers do, it repeats what it was sent.
                self._say(int(word), {"Retry-After": fake.retry_after} if word in {"429", "503"} else {}, body)
                return
            if word == "hung":
                fake.released.wait(20)
                return
            if word.startswith("*"):
                self._misbehave(word[1:])
                return
            with fake.lock:
                answer = fake.answer(self.command, self.path, headers, body)
            if word in {"ok", "slow"}:
                if word == "slow":
                    fake.released.wait(0.1)
                self._say(*answer)
            else:
                self._misbehave(word)

        do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = _serve  # noqa: N815 - the base class's names

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _misbehave(self, word: str) -> None:
            self.close_connection = True
            if word == "lost":
                return
            if word == "html":
                self._say(200, {"Content-Type": "text/html"}, b"<html><h1>Please sign in</h1></html>")
            elif word == "redirect":
                self._say(302, {"Location": f"{fake.address}/elsewhere"}, b"")
            elif word == "truncated":
                self._say(200, {"Content-Length": "500"}, b'{"remote_id": "R')
            elif word == "endless":
                self.send_response(200)
                self.end_headers()
                self._write_for_ever()
            else:
                raise AssertionError(f"nobody taught the fake to be {word}")

        def _write_for_ever(self) -> None:
            try:
                while not fake.released.is_set():
                    self.wfile.write(b" " * 65_536)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def served(fake: Fake) -> Iterator[Fake]:
    """The fake on a free port until the block ends; `fake.address` says where."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hung up is what these tests are about."""

    server = Server(("127.0.0.1", 0), _handler(fake))
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
