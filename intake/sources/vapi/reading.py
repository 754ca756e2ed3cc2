"""Turns the bytes of a delivery into one JSON object, or says in one word why it cannot be one."""

import json
import math
import re
from enum import StrEnum
from typing import Any, NoReturn

from intake.sources.vapi.structured import structured_values

DEEPEST_NESTING = 20

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# A string (also one that never ends) or one bracket. Possessive, so that no body makes it try twice.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_LONGEST_INTEGER = 20
# Stands for a number that no field can hold. Outside the allow-list nobody reads it; inside it is unreadable text.
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


class MalformedReason(StrEnum):
    """Why a body cannot be read; safe to log and to answer."""

    BYTE_ORDER_MARK = "byte_order_mark"
    NOT_UTF8 = "not_utf8"
    TOO_DEEP = "too_deep"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_KEY = "duplicate_key"


class MalformedBody(Exception):  # noqa: N818 - a verdict about the sender, not an error of ours
    """The body is not one JSON object that can be read in one way only. Carries no part of the body."""

    def __init__(self, reason: MalformedReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class _RepeatedKeys(dict[str, Any]):
    """A JSON object that gave a key twice; the last value won."""


def read_json(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`; raise MalformedBody if there is none.

    Refused: anything but UTF-8 without byte order mark, nesting deeper than 20, NaN and Infinity literals, and keys
    given twice inside structured data. Kept for the fields' readers to judge: lone surrogates and NUL in strings.
    Numbers beyond 20 digits or beyond a double become U+FFFD text.
    """
    if body.startswith(_BYTE_ORDER_MARK):
        raise MalformedBody(MalformedReason.BYTE_ORDER_MARK)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        # From None: the decoder's own error carries the body.
        raise MalformedBody(MalformedReason.NOT_UTF8) from None
    # Before parsing: the parser recurses, and 2 kB of brackets exhaust its stack.
    _check_depth(body)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object_of,
            parse_int=_integer_of,
            parse_float=_float_of,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError:
        raise MalformedBody(MalformedReason.NOT_JSON) from None
    if not isinstance(document, dict):
        raise MalformedBody(MalformedReason.NOT_AN_OBJECT)
    if any(_holds_repeated_keys(value) for value in structured_values(document)):
        raise MalformedBody(MalformedReason.DUPLICATE_KEY)
    return document


def _check_depth(body: bytes) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(body):
        token = match[0]
        if token in {b"[", b"{"}:
            depth += 1
            if depth > DEEPEST_NESTING:
                raise MalformedBody(MalformedReason.TOO_DEEP)
        elif token in {b"]", b"}"}:
            depth -= 1


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    return unique if len(unique) == len(pairs) else _RepeatedKeys(unique)


def _integer_of(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_INTEGER else _UNREADABLE


def _float_of(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else _UNREADABLE


def _refuse_constant(_literal: str) -> NoReturn:
    raise MalformedBody(MalformedReason.NOT_JSON)


def _holds_repeated_keys(value: object) -> bool:
    if isinstance(value, dict):
        return isinstance(value, _RepeatedKeys) or any(_holds_repeated_keys(inner) for inner in value.values())
    return isinstance(value, list) and any(_holds_repeated_keys(inner) for inner in value)
