"""Payloads of the voice side, with invented people and fictional numbers, and the one way to read them."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent

# JSON values that are no text, for fields that expect text.
WRONG_TYPES: list[Any] = [5, 0, 1.5, True, False, [], ["Dana"], {}, {"name": "Dana"}]


def read_payload(name: str) -> bytes:
    """Return the bytes of `vapi/<name>` or another file of this folder."""
    return (_FOLDER / name).read_bytes()


def load_payload(name: str) -> Any:
    return json.loads(read_payload(name))


def vapi_payload_names() -> list[str]:
    return sorted(f"vapi/{path.name}" for path in (_FOLDER / "vapi").glob("*.json"))
