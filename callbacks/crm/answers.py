"""Callbacks' CRM answers: what an answer, or the lack of one, means for the callback it was about. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from lib.http import Answer

# Asked again later they may say something else; all other refusals are about this callback, or about us.
_PASSING = frozenset({408, 425, 429})


class SendError(Exception):
    """A request did not end well. `code` is of a closed list: `http_422`, `timeout`, ...; no text of anybody's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PassingError(SendError):
    """May go better later; `retry_after` is what the server asked for."""

    def __init__(self, code: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class RefusedError(SendError):
    """The target will not take this, however often it is sent."""


class PausingError(SendError):
    """The target does not know us, or we may not speak to it: nothing more is sent until a person has looked."""


class ConflictError(SendError):
    """The remote object is not what we believed it to be: read it, then send again."""


def check_answer(answer: Answer, *, now: datetime) -> None:
    """Return for an answer of success; raise what it means otherwise. A redirect is no success: nobody is followed."""
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    code = f"http_{status}"
    if status == HTTPStatus.UNAUTHORIZED:
        raise PausingError(code)
    if status in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
        raise ConflictError(code)
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PassingError(code, retry_after=retry_after(answer.headers, now=now))
    raise RefusedError(code)


def read_object(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer; {} for none at all. Raises PassingError for anything else: a page in between."""
    if not answer.body.strip():
        return {}
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise PassingError("not_json") from None
    if not isinstance(found, dict):
        raise PassingError("not_json")
    return found


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long a server asked to be left alone, in seconds or until a date; None for none or nonsense."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 1_000_000))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta(0))
