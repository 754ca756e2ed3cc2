"""Bench's labelled sets for the screen, and which half of ours nobody may tune on."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from intake.screen import Field

PAYLOADS = Path(__file__).parents[2] / "tests" / "payloads"


@dataclass(frozen=True)
class Labelled:
    """One text in the field it stands in, and the names of the kinds a person finds in it."""

    text: str
    expect: frozenset[str]
    field: Field


def given_sentences() -> list[Labelled]:
    """The set that came with the specification."""
    return _read("phi_screen_dev.json", "sentences", Field.PREFERRED_TIME)


def own_texts() -> list[Labelled]:
    """Our own sentences and first names, both halves."""
    return [
        *_read("phi_screen_own.json", "sentences", Field.PREFERRED_TIME),
        *_read("phi_screen_own.json", "first_names", Field.FIRST_NAME),
    ]


def is_held_out(labelled: Labelled) -> bool:
    """Whether a text belongs to the half kept out of tuning: half of all digests end in an odd bit."""
    return hashlib.sha256(labelled.text.encode("utf-8")).digest()[-1] % 2 == 1


def _read(file_name: str, key: str, field: Field) -> list[Labelled]:
    entries = json.loads((PAYLOADS / file_name).read_text("utf-8"))[key]
    return [Labelled(text=entry["text"], expect=frozenset(entry["expect"]), field=field) for entry in entries]
