"""Anchors' one line: a head as every anchor keeps it and as audit/verify.py --anchor reads it. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime

_LINE = re.compile(r"(?P<n>[1-9][0-9]{0,17}):(?P<hash>[0-9a-f]{64}) (?P<sealed_at>[0-9T:.+-]{19,40})\n?")


class AnchorError(Exception):
    """An anchor did not take a head or could not be read; `code` is a closed word for logs and pages."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class KeptHead:
    """Number and hash of a seal, and when it was sealed (UTC). Tells nothing of what was sealed."""

    n: int
    hash: str
    sealed_at: datetime

    def as_line(self) -> str:
        return f"{self.n}:{self.hash} {self.sealed_at.isoformat(timespec='seconds')}\n"


def parse_head(line: str) -> KeptHead | None:
    """The head of a line; None when it is none, as of a line that a crash tore."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    try:
        return KeptHead(int(found["n"]), found["hash"], datetime.fromisoformat(found["sealed_at"]))
    except ValueError:
        return None
