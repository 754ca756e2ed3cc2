"""HTTP meant to break a server, byte by byte, around a body that is signed: what is sent, and what may be answered.

A set of statuses where the web server and the desk may both be the one to refuse. Nothing of it may be stored.
"""

import gzip
import zlib

from intake.signatures import sign_article_form
from tests.intake.reports import as_bytes, report, secret

BODY = as_bytes(report(call_id="call-wire"))
JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(BODY)}"
# The server hangs up where it cannot tell any more what would be an answer to what.
HANGS_UP = 0


def signature(body: bytes = BODY) -> str:
    return f"X-Vapi-Signature: {sign_article_form(secret(), body)['x-vapi-signature']}"


def request(
    *lines: str, body: bytes = BODY, first: str = "POST /webhook/vapi HTTP/1.1", host: str = "localhost"
) -> bytes:
    head = [first, f"Host: {host}", "Connection: close", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def typed(content_type: str) -> bytes:
    return request(f"Content-Type: {content_type}", signature(), LENGTH)


def encoded(encoding: str, body: bytes) -> bytes:
    """A body signed as it is sent, under a content encoding."""
    return request(JSON, signature(body), f"Content-Length: {len(body)}", f"Content-Encoding: {encoding}", body=body)


def sized(length: str) -> bytes:
    return request(JSON, signature(), f"Content-Length: {length}")


_BOMB = gzip.compress(b" " * 30_000_000 + BODY, compresslevel=9)


# Made when asked for: the secret is the run's.
def cases() -> dict[str, tuple[bytes, set[int]]]:
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    return {
        "gzip": (encoded("gzip", gzip.compress(BODY)), {415}),
        "gzip bomb": (encoded("gzip", _BOMB), {415}),
        "deflate": (encoded("deflate", zlib.compress(BODY)), {415}),
        "brotli": (encoded("br", b"\x0b\x02\x80{}\x03"), {415}),
        "zstandard": (encoded("zstd", b"\x28\xb5\x2f\xfd\x00"), {415}),
        "identity and gzip": (encoded("identity, gzip", gzip.compress(BODY)), {415}),
        "an encoding nobody knows": (encoded("x-canary", BODY), {415}),
        "chunks": (request(JSON, signature(), "Transfer-Encoding: chunked", body=chunks), {411}),
        "chunks and a length": (
            request(JSON, signature(), LENGTH, "Transfer-Encoding: chunked", body=chunks),
            {400, 411},
        ),
        "chunks, spelled oddly": (
            request(JSON, signature(), LENGTH, "Transfer-Encoding: xchunked"),
            {400, 411, HANGS_UP},
        ),
        "chunks, twice": (
            request(JSON, signature(), "Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=chunks),
            {400, 411, HANGS_UP},
        ),
        "chunks of a size that is no number": (
            request(JSON, signature(b""), "Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
            {400, 411, HANGS_UP},
        ),
        "no length": (request(JSON, signature(b""), body=b""), {411}),
        "an empty body": (request(JSON, signature(b""), "Content-Length: 0", body=b""), {400}),
        "an empty length": (request(JSON, signature(), "Content-Length:"), {400, 411}),
        "a negative length": (sized("-1"), {400, 411}),
        "a length with a plus": (sized(f"+{len(BODY)}"), {400, 411}),
        "a hexadecimal length": (sized(hex(len(BODY))), {400, 411}),
        "a length with a fraction": (sized(f"{len(BODY)}.0"), {400, 411}),
        "a list of lengths": (sized(f"{len(BODY)}, {len(BODY)}"), {400, 411}),
        "two lengths that differ": (request(JSON, signature(), LENGTH, "Content-Length: 2"), {400, 411}),
        "a length of 5000 digits": (sized("9" * 5000), {400, 413}),
        "a length beyond the limit": (sized("99999999"), {413}),
        "a length that is too short": (sized(str(len(BODY) - 1)), {401}),
        "a length of one byte": (sized("1"), {401}),
        "text": (typed("text/plain"), {415}),
        "no type": (request(signature(), LENGTH), {415}),
        "an empty type": (typed(""), {415}),
        "a form": (typed("application/x-www-form-urlencoded"), {415}),
        "a multipart form": (typed("multipart/form-data; boundary=x"), {415}),
        "a multipart form without a boundary": (typed("multipart/form-data"), {415}),
        "XML": (typed("application/xml"), {415}),
        "JSON by another name": (typed("text/json"), {415}),
        "JSON with a suffix": (typed("application/problem+json"), {415}),
        "JSON in UTF-16": (typed("application/json; charset=utf-16"), {415}),
        "JSON in Latin-1": (typed("application/json; charset=iso-8859-1"), {415}),
        "JSON in UTF-7": (typed("application/json; charset=utf-7"), {415}),
        "JSON in a charset nobody knows": (typed("application/json; charset=idna"), {415}),
        "two types": (request(JSON, "Content-Type: text/plain", signature(), LENGTH), {400, 415}),
        "a type of 8 kB, unsigned": (
            request("Content-Type: application/json; x=" + "y" * 8192, LENGTH),
            {400, 401, 415, 431},
        ),
        "a header of 600 kB": (request(JSON, signature(), LENGTH, "X-Filler: " + "a" * 600_000), {400, 431, HANGS_UP}),
        "5000 headers": (
            request(JSON, signature(), LENGTH, *(f"X-Filler-{number}: a" for number in range(5000))),
            {400, 431, HANGS_UP},
        ),
        "a header without a colon": (request(JSON, signature(), LENGTH, "Filler"), {400}),
        "a header without a name": (request(JSON, signature(), LENGTH, ": a"), {400}),
        "a header with a space in its name": (request(JSON, signature(), LENGTH, "X Filler: a"), {400}),
        "a header with NUL": (request(JSON, signature(), LENGTH, "X-Filler: \0"), {400}),
        "a header on two lines": (request(JSON, signature(), LENGTH, "X-Filler: a\r\n b"), {400}),
        "a bare line feed": (request(JSON, signature(), LENGTH, "X-Filler: a\nX-Vapi-Signature: 0"), {400, 401}),
        "a signature of 8 kB": (request(JSON, "X-Vapi-Signature: " + "a" * 8192, LENGTH), {401}),
        "a signature of other bytes": (request(JSON, "X-Vapi-Signature: \xe9\xff\x80", LENGTH), {400, 401}),
        "two signatures": (request(JSON, signature(), signature(), LENGTH), {401}),
        "a signature under a name with an underscore": (
            request(JSON, signature().replace("X-Vapi", "X_Vapi"), LENGTH),
            {400, 401},
        ),
        "another host": (request(JSON, signature(), LENGTH, host="zqxcanary.example"), {400}),
        "a host with a path": (request(JSON, signature(), LENGTH, host="localhost/../x"), {400}),
        "two hosts": (request(JSON, signature(), LENGTH, "Host: localhost"), {400}),
        "HTTP/9": (request(JSON, signature(), LENGTH, first="POST /webhook/vapi HTTP/9.9"), {400, 505, HANGS_UP}),
        "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, HANGS_UP}),
        "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, {400, HANGS_UP}),
        "a path with NUL": (request(JSON, signature(), LENGTH, first="POST /webhook/vapi%00 HTTP/1.1"), {404}),
        "a path that is no UTF-8": (request(JSON, signature(), LENGTH, first="POST /webhook/%ff%fe HTTP/1.1"), {404}),
        "a path that climbs": (
            request(JSON, signature(), LENGTH, first="POST /webhook/../webhook/vapi HTTP/1.1"),
            {404},
        ),
        "a path of 8 kB": (
            request(JSON, signature(), LENGTH, first=f"POST /webhook/{'v' * 8192} HTTP/1.1"),
            {404, 414},
        ),
        "a line in capitals": (
            request(
                JSON, signature(), LENGTH, first="POST /webhook/vapi/0193B5A0-0000-7000-8000-000000000000 HTTP/1.1"
            ),
            {404},
        ),
        "a method of its own": (request(JSON, signature(), LENGTH, first="ZQX /webhook/vapi HTTP/1.1"), {405}),
        "CONNECT": (
            request(JSON, signature(), first="CONNECT localhost:443 HTTP/1.1", body=b""),
            {400, 403, 404, 405, HANGS_UP},
        ),
        "TRACE": (request(JSON, first="TRACE /webhook/vapi HTTP/1.1", body=b""), {405}),
        "an upgrade, unsigned": (
            request(JSON, LENGTH, "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA=="),
            {400, 401, 426, HANGS_UP},
        ),
    }
