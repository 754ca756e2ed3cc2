"""Tests' fake machines: an HTTP server on loopback that plays what a test wrote down for each address, faults included."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What a request is answered: it writes to the handler, and may take its time or stop in the middle.
Play = Callable[["Stage"], None]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class FakeServer:
    """`says(path, play, ...)`: one play a request, the last one again and again; `otherwise` is played elsewhere.

    What was asked stands in `asked`.
    """

    origin: str
    otherwise: Play = field(default_factory=lambda: status(404))
    asked: list[Asked] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _scripts: dict[str, list[Play]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def says(self, path: str, *plays: Play) -> None:
        self._scripts[path] = list(plays)

    def next_play(self, asked: Asked) -> Play:
        with self._lock:
            self.asked.append(asked)
            script = self._scripts.get(asked.path) or [self.otherwise]
            return script.pop(0) if len(script) > 1 else script[0]


class Stage(BaseHTTPRequestHandler):
    """Plays the next answer of its address."""

    fake: FakeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        play = self.fake.next_play(Asked(self.command, self.path, dict(self.headers)))
        self.close_connection = True
        # Whoever asked may go; that is their right.
        with suppress(BrokenPipeError, ConnectionResetError):
            play(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `asked`, not a log."""

    def answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        named = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
        for name, value in (named | {name.replace("_", "-"): value for name, value in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def says(body: bytes, **headers: str) -> Play:
    return lambda stage: stage.answer(200, body, **headers)


def status(code: int, body: bytes = b'{"message": "no"}', **headers: str) -> Play:
    return lambda stage: stage.answer(code, body, **headers)


def redirects_to(address: str) -> Play:
    return lambda stage: stage.answer(302, location=address)


def silence(stage: Stage) -> None:
    """Take the request, say nothing until the test is over."""
    stage.fake.ended.wait()


def hang_up(stage: Stage) -> None:
    """Close the connection without a word."""
    stage.connection.close()


def endless(stage: Stage) -> None:
    """A body as fast as the line takes it, and no end of it."""
    stage.send_response(200)
    stage.send_header("content-type", "application/json")
    stage.end_headers()
    while not stage.fake.ended.is_set():
        stage.wfile.write(b" " * 65_536)


def dripping(stage: Stage) -> None:
    """A body that never pauses long enough to be called silent, and never ends."""
    stage.send_response(200)
    stage.send_header("content-type", "application/json")
    stage.end_headers()
    while not stage.fake.ended.wait(0.05):
        stage.wfile.write(b" ")


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    """A server on a free port of loopback; every play has ended when the block has."""
    handler = type("BoundStage", (Stage,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # Wait for the threads at the end: none may outlive its test.
    server.daemon_threads = False
    fake = FakeServer(origin=f"http://127.0.0.1:{server.server_port}")
    handler.fake = fake
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        fake.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
