"""Config's front: takes requests from granian, keeps slow senders away from the threads, and runs Django's handler.

granian's own WSGI reads a body inside the thread that answers, without a time limit and without a way to interrupt it
(its issue 728): as many stalled bodies as there are threads stop a desk for good. Here the event loop waits for the
body, at most BODY_SECONDS, and a thread that waits for the network gives its place to another one meanwhile. Why not
Django's ASGI handler: it copies bodies, which hold patient data, into temporary files (docs/decisions/0007-a-front-before-the-threads.md).
"""

import asyncio
import contextlib
import io
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http.response import HttpResponseBase

from config.web_server import CONNECTIONS

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Requests at work in one process; more wait for one of these places.
PLACES = 32
# Whoever needs no body is refused by the head alone (a stranger without a signature), so these wait for it later.
HEAD_FIRST = "/webhook"


class Front:
    """An ASGI application around a WSGI handler of Django's."""

    def __init__(self, handler: WSGIHandler, *, body_seconds: float, places: int = PLACES) -> None:
        self._handler = handler
        self._body_seconds = body_seconds
        self._places = threading.BoundedSemaphore(places)
        # One for each connection there can be, so that nobody queues behind threads that wait for a body.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="web")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        environ = read_head(scope)
        arrival = Arrival(receive, announced_length(environ), self._body_seconds)
        if not environ["PATH_INFO"].startswith(HEAD_FIRST):
            # A page asks the session, and so the database, before its form: it must not hold a connection meanwhile.
            await arrival.wait()
        environ["wsgi.input"] = Body(arrival, loop, self._places)
        start = Start()

        def answer() -> bytes:
            """Run the handler; what it streams is sent from here, the rest by the loop."""
            with self._places, contextlib.closing(self._handler(environ, start)) as response:
                if not response.streaming:
                    return b"".join(response)
                self._stream(response, start, send, loop)
                return b""

        body = await loop.run_in_executor(self._threads, answer)
        if not start.is_sent:
            await send(start.message())
        await send({"type": "http.response.body", "body": body})

    def _stream(self, response: HttpResponseBase, start: "Start", send: Send, loop: asyncio.AbstractEventLoop) -> None:
        for message in start.then(response):
            with giving_away(self._places):
                asyncio.run_coroutine_threadsafe(_call(send, message), loop).result()


class Start:
    """WSGI's start_response, kept until it is sent."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self.is_sent = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        del exc_info
        self._status = int(status.split(" ", 1)[0])
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _write

    def message(self) -> Message:
        self.is_sent = True
        return {"type": "http.response.start", "status": self._status, "headers": self._headers}

    def then(self, chunks: Any) -> Iterator[Message]:
        yield self.message()
        for chunk in chunks:
            yield {"type": "http.response.body", "body": chunk, "more_body": True}


class Arrival:
    """One body on its way. It is waited for once, in the loop; afterwards `content` is the whole of it, or None."""

    def __init__(self, receive: Receive, length: int, seconds: float) -> None:
        self._receive = receive
        self._length = length
        self._seconds = seconds
        self._is_over = length == 0
        self.content: bytes | None = b"" if length == 0 else None

    async def wait(self) -> None:
        """Return when the body is there, the sender is gone, or its time is over."""
        if self._is_over:
            return
        self._is_over = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                self.content = await self._collect()

    async def _collect(self) -> bytes | None:
        found = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            found += message.get("body", b"")
            if not message.get("more_body", False):
                return bytes(found) if len(found) == self._length else None


class Body(io.RawIOBase):
    """`wsgi.input`: read in a thread, which gives its place away while the body is not there yet."""

    def __init__(self, arrival: Arrival, loop: asyncio.AbstractEventLoop, places: threading.Semaphore) -> None:
        self._arrival = arrival
        self._loop = loop
        self._places = places
        self._rest: io.BytesIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises TimeoutError, which Django makes an UnreadablePostError, when the body did not arrive whole."""
        if self._rest is None:
            with giving_away(self._places):
                asyncio.run_coroutine_threadsafe(self._arrival.wait(), self._loop).result()
            if self._arrival.content is None:
                raise TimeoutError("the body did not arrive")
            self._rest = io.BytesIO(self._arrival.content)
        return self._rest.readinto(buffer)


@contextlib.contextmanager
def giving_away(place: threading.Semaphore) -> Iterator[None]:
    """Wait for the network without keeping anybody from working."""
    place.release()
    try:
        yield
    finally:
        place.acquire()


def announced_length(environ: dict[str, Any]) -> int:
    """Bytes to wait for: what Content-Length says, or 0 where the view refuses it anyway (chunked, absurd, too large)."""
    text = environ.get("CONTENT_LENGTH", "")
    is_number = text.isascii() and text.isdecimal() and len(text) < 12
    if not is_number or "HTTP_TRANSFER_ENCODING" in environ or int(text) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return 0
    return int(text)


def read_head(scope: Message) -> dict[str, Any]:
    """WSGI's environ of an ASGI request (PEP 3333: text of latin-1 characters, repeated headers joined)."""
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            # It would read as another header's name: X_Forwarded_For must not pass for the proxy's X-Forwarded-For.
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if name in environ:
            value = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{value}"
        environ[name] = value
    return environ


def _write(data: bytes) -> None:
    raise NotImplementedError("Django returns its answers; PEP 3333's write() is for applications that do not.")


async def _call(send: Send, message: Message) -> None:
    await send(message)
