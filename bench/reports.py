"""Bench's reports: signed end-of-call reports as whole HTTP requests, each of another call.

In the article's flat form and with the article's signature, which both servers accept: its server proves
`JSON.stringify` of what it parsed, so the body is spelled the way JavaScript spells it.
"""

import json
import secrets
import time
from collections.abc import Iterator

from intake.management.commands.send_sample_report import PEOPLE, TYPES, WINDOWS
from intake.signatures import sign_article_form

# Both take these three; "urgent" is ours alone.
_TYPES = TYPES[:3]


def signed_requests(secret: str, count: int, *, path: str = "/webhook/vapi") -> Iterator[bytes]:
    """`count` requests, made now: none of their making falls into the time that is measured."""
    run = secrets.token_hex(6)
    ended = int(time.time() * 1000)
    return iter([_request(secret, path, f"bench-{run}-{number}", number, ended) for number in range(count)])


def _request(secret: str, path: str, call_id: str, number: int, ended: int) -> bytes:
    report = {
        "type": "end-of-call-report",
        "call": {"id": call_id, "startedAt": ended - 48_000, "endedAt": ended},
        "structuredData": {
            "patientFirstName": PEOPLE[number % len(PEOPLE)],
            "callbackNumber": f"+1202555{100 + number % 100:04}",
            "appointmentType": _TYPES[number % len(_TYPES)],
            "preferredTime": WINDOWS[number % len(WINDOWS)],
        },
    }
    body = json.dumps(report, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **sign_article_form(secret, body),
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
