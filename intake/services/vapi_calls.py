"""Intake's question to VAPI: one call by its id, and in one word why there is none."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from django.conf import settings

from intake.models.call import FetchTrouble
from intake.services.api_keys import ApiKey
from intake.sources.vapi import MalformedBody, read_json
from intake.sources.vapi.envelope import JsonObject
from intake.sources.vapi.fetched import goes_on, is_call
from lib import clock
from lib.http import Allow, Answer, RequestFailedError, Timeout, request

TIMEOUT = Timeout()
# As much as a report may have; VAPI's record of a call holds the same and more.
LONGEST_ANSWER = 5_242_880
_MOST_DIGITS = 9
_STATUSES: Mapping[int, FetchTrouble] = {
    HTTPStatus.UNAUTHORIZED: FetchTrouble.KEY_REFUSED,
    HTTPStatus.FORBIDDEN: FetchTrouble.KEY_REFUSED,
    HTTPStatus.NOT_FOUND: FetchTrouble.UNKNOWN_CALL,
    HTTPStatus.TOO_MANY_REQUESTS: FetchTrouble.BUSY,
}
# The codes of lib.http; one that is new there is a connection that failed.
_CODES = {
    "address_refused": FetchTrouble.NOT_TRUSTED,
    "tls": FetchTrouble.NOT_TRUSTED,
    "timeout": FetchTrouble.TOO_SLOW,
    "too_large": FetchTrouble.TOO_LARGE,
}


class CallNotFetched(Exception):  # noqa: N818 - an expected outcome of asking somebody else's machine
    """There is no such call to be had now. `retry_after`: the seconds VAPI asked for, if it did."""

    def __init__(self, trouble: FetchTrouble, retry_after: float | None = None) -> None:
        super().__init__(trouble.value)
        self.trouble, self.retry_after = trouble, retry_after


def fetch_call(call_id: str, *, api_key: ApiKey) -> JsonObject:
    """Return VAPI's record of an ended call: `GET /call/{id}`. Raises CallNotFetched, nothing else.

    Waits for the network: never inside a transaction.
    """
    try:
        answer = request(
            "GET",
            f"{settings.VAPI_BASE_URL}/call/{quote(call_id, safe='')}",
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {api_key.value}",
                "User-Agent": "Ringback",
            },
            body=None,
            timeout=TIMEOUT,
            cap=LONGEST_ANSWER,
            allow=_vapi_alone(),
        )
    except RequestFailedError as failure:
        raise CallNotFetched(_CODES.get(failure.code, FetchTrouble.NO_CONNECTION)) from None
    call = _call_in(answer)
    if not is_call(call, call_id):
        raise CallNotFetched(FetchTrouble.OTHER_CALL)
    if goes_on(call):
        raise CallNotFetched(FetchTrouble.NOT_ENDED)
    return call


def _vapi_alone() -> Allow:
    """The host of the settings, at a public address; at one of this machine only where the settings say http://."""
    parts = urlsplit(settings.VAPI_BASE_URL)
    hosts = frozenset({parts.hostname or ""})
    return Allow(hosts=hosts, private=hosts if parts.scheme == "http" else frozenset())


def _call_in(answer: Answer) -> JsonObject:
    if answer.status != HTTPStatus.OK:
        failing = FetchTrouble.FAILING if answer.status >= 500 else FetchTrouble.UNEXPECTED
        wait = retry_seconds(answer.headers.get("retry-after", ""))
        raise CallNotFetched(_STATUSES.get(answer.status, failing), wait)
    try:
        # Packed although it was asked not to be, it is no JSON either.
        return read_json(b"" if answer.headers.get("content-encoding", "identity") != "identity" else answer.body)
    except MalformedBody:
        raise CallNotFetched(FetchTrouble.UNREADABLE) from None


def retry_seconds(retry_after: str) -> float | None:
    """Read Retry-After, which comes in seconds or as a date; None where it says nothing that can be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return float(text)
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        return None
    return max(0.0, (instant - clock.now()).total_seconds())
