"""Lib's outbound HTTP: one request to an address that may be spoken to, bounded in time and size, without redirects.

No proxy, no cookie, no connection that outlives its request, no body or address in any log. The name is resolved once
and the connection goes to the address that was judged, so that a name cannot change its mind in between.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

CHUNK = 16_384
# NAT64, 6to4 and Teredo: addresses in which others are packed.
_TRANSLATED = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


@dataclass(frozen=True)
class Timeout:
    """Seconds: to connect, between two pieces of the answer, and for everything together."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 15.0


@dataclass(frozen=True)
class Allow:
    """Who may be spoken to: these hosts and no other. Their addresses are public ones, but for those of `private` hosts,
    which stand in the clinic's own network. Plain HTTP is for loopback alone.
    """

    hosts: frozenset[str]
    private: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What came back, whole. `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class RequestFailedError(Exception):
    """No whole answer came. `code` is of a closed vocabulary; `was_sent` whether the other side may have acted on it.

    The text is the code alone: what a server or a resolver says may repeat the request.
    """

    def __init__(self, code: str, *, was_sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.was_sent = was_sent


class AddressRefusedError(RequestFailedError):
    """The address may not be spoken to; asking again changes nothing."""

    def __init__(self) -> None:
        super().__init__("address_refused", was_sent=False)


def request(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: Timeout, cap: int, allow: Allow
) -> Answer:
    """Send one request and read its whole answer, at most `cap` bytes. A redirect is an answer like any other.

    Raises AddressRefusedError before anything is sent; RequestFailedError `unreachable` or `tls` when no connection came
    about, `timeout`, `broken` or `too_large` when it is unknown what the other side did.
    """
    parts = urlsplit(url)
    if parts.username is not None:
        raise AddressRefusedError
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = _judged_address(parts.scheme, host, port, allow)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with closing(_connect(address, port, timeout)) as raw, closing(raw.dup()) as handle:
        # Cuts the connection under a read that would go on for ever, a byte at a time; TLS takes `raw` over, so it
        # holds the connection by a handle of its own.
        ended = threading.Event()
        watchdog = threading.Timer(timeout.total, _cut, (handle, ended))
        watchdog.daemon = True
        watchdog.start()
        try:
            connection = _secured(raw, parts.scheme, host)
            connection.settimeout(timeout.read)
            client = http.client.HTTPConnection(parts.netloc)
            client.sock = connection
            with closing(client):
                return _exchange(client, method, path, headers, body, cap, ended.is_set)
        finally:
            watchdog.cancel()


def _judged_address(scheme: str, host: str, port: int, allow: Allow) -> str:
    """The one address to connect to: every address the name has must be allowed."""
    if scheme not in {"https", "http"} or host not in allow.hosts:
        raise AddressRefusedError
    try:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise RequestFailedError("unreachable", was_sent=False) from None
    for text in found:
        address = ipaddress.ip_address(str(text).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        judged = mapped or address
        # A cloud tells its secrets at a link-local address; and a translated one hides what it leads to.
        is_never = judged.is_link_local or judged.is_multicast or any(judged in network for network in _TRANSLATED)
        may_be = judged.is_global or host in allow.private
        if is_never or not may_be or (scheme == "http" and not judged.is_loopback):
            raise AddressRefusedError
    return str(found[0])


def _connect(address: str, port: int, timeout: Timeout) -> socket.socket:
    try:
        return socket.create_connection((address, port), timeout.connect)
    except OSError:
        raise RequestFailedError("unreachable", was_sent=False) from None


def _secured(raw: socket.socket, scheme: str, host: str) -> socket.socket:
    """The connection with TLS 1.2 or newer, its certificate checked against the name and the machine's authorities."""
    if scheme == "http":
        return raw
    try:
        return _tls().wrap_socket(raw, server_hostname=host)
    except TimeoutError:
        raise RequestFailedError("unreachable", was_sent=False) from None
    except OSError:
        raise RequestFailedError("tls", was_sent=False) from None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _cut(connection: socket.socket, ended: threading.Event) -> None:
    ended.set()
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The answer came in the same moment and the connection is closed already.
        return


def _exchange(
    client: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    cap: int,
    is_late: Callable[[], bool],
) -> Answer:
    try:
        client.request(method, path, body, {"Connection": "close", "Accept-Encoding": "identity", **headers})
        with closing(client.getresponse()) as response:
            content = _read(response, cap)
    except TimeoutError:
        raise RequestFailedError("timeout", was_sent=True) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise RequestFailedError("timeout" if is_late() else "broken", was_sent=True) from None
    if is_late():
        # What was cut off in the middle may look like an end.
        raise RequestFailedError("timeout", was_sent=True)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def _read(response: http.client.HTTPResponse, cap: int) -> bytes:
    pieces, length = [], 0
    while piece := response.read1(CHUNK):
        length += len(piece)
        if length > cap:
            raise RequestFailedError("too_large", was_sent=True)
        pieces.append(piece)
    if response.length:
        # Fewer bytes than were announced.
        raise http.client.IncompleteRead(b"".join(pieces), response.length)
    return b"".join(pieces)
