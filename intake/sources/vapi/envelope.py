"""Finds the message inside a VAPI delivery and reads single fields of it without ever failing."""

import math
import re
from collections.abc import Mapping

JsonObject = Mapping[str, object]

# Ids, types and statuses are stored unsealed: no spaces, no "@", no "+", so that a caller's words never fit in.
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LARGEST_NUMBER = 10**18


def message_of(document: JsonObject) -> JsonObject:
    """Return the inside of `{"message": {...}}`, or the document itself where it is the article's flat form."""
    inner = document.get("message")
    if isinstance(inner, dict) and (isinstance(inner.get("type"), str) or "type" not in document):
        return inner
    return document


def value_at(document: JsonObject, *path: str) -> object:
    """Return the value under nested keys, None where any step is absent or no object."""
    value: object = document
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def object_at(document: JsonObject, *path: str) -> JsonObject:
    """Return the object under nested keys, an empty one where there is none."""
    value = value_at(document, *path)
    return value if isinstance(value, dict) else {}


def token_at(document: JsonObject, *path: str, longest: int = 64) -> str | None:
    """Return an id or a keyword of the sender; None for anything that does not look like one."""
    value = value_at(document, *path)
    if isinstance(value, str) and len(value) <= longest and _TOKEN.fullmatch(value):
        return value
    return None


def number_of(value: object) -> float | None:
    """Return a finite JSON number; None for booleans, infinities and numbers no clock or counter reaches."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > _LARGEST_NUMBER:
        return None
    return float(value)
