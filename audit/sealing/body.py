"""Sealing's body: what one seal says, as canonical JSON; its bytes are signed and hashed into the next seal. Pure."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

FORMAT_VERSION = 1
NO_SEAL = "0" * 64


class SealKind(StrEnum):
    """Why a seal was made."""

    # The first of all: names the key every later one is checked with.
    GENESIS = "genesis"
    # The rows of a range of transactions; none of them is a heartbeat: silence is evidence too.
    BATCH = "batch"
    # Another database cluster than before (restore, upgrade): transaction numbers start anew.
    EPOCH = "epoch"
    # A new signing key, named by a seal of the old one.
    ROTATION = "rotation"
    # A partition that retention removed: from here on its events are missing rightfully.
    PURGE = "purge"


@dataclass(frozen=True)
class SealBody:
    """One seal. `lo` and `hi` are transaction numbers, half-open; instants UTC; hashes and keys in hex.

    `writers` holds, for each gapless stream, its first and last number in this seal and how many lines have one. `opened` and `audited` count the
    fields that were opened and recorded, as the lines say.
    """

    n: int
    kind: SealKind
    prev: str
    epoch: int
    cluster: str
    lo: int
    hi: int
    count: int
    root: str
    key_id: str
    sealed_at: datetime
    first_stored_at: datetime | None = None
    last_stored_at: datetime | None = None
    writers: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    opened: int = 0
    audited: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def canonical(self) -> str:
        """The text that is signed: keys sorted, no white space, nothing left out."""
        words: dict[str, Any] = {
            "v": FORMAT_VERSION,
            "n": self.n,
            "kind": self.kind.value,
            "prev": self.prev,
            "epoch": self.epoch,
            "cluster": self.cluster,
            "lo": self.lo,
            "hi": self.hi,
            "count": self.count,
            "root": self.root,
            "key_id": self.key_id,
            "sealed_at": _instant(self.sealed_at),
            "first_stored_at": _instant(self.first_stored_at),
            "last_stored_at": _instant(self.last_stored_at),
            "writers": {stream: list(numbers) for stream, numbers in self.writers.items()},
            "opened": self.opened,
            "audited": self.audited,
            "facts": self.facts,
        }
        return json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def seal_hash(body: str, signature: bytes) -> str:
    """What the next seal names as `prev`, and what an anchor keeps: SHA-256 over body and signature, in hex."""
    return hashlib.sha256(body.encode() + signature).hexdigest()


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="microseconds")
