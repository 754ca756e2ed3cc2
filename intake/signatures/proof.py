"""Intake's gate, its words: what is proven, with which key, and why it is not. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

# A secret that people could guess proves nothing; the environment's are held to the same length.
SHORTEST_SECRET_BYTES = 24
# The name of an HTTP header (RFC 9110).
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")


class RejectionReason(StrEnum):
    """Why a delivery was refused; safe to log and to count."""

    MISSING = "missing"
    MALFORMED = "malformed"
    MISMATCH = "mismatch"
    STALE_TIMESTAMP = "stale_timestamp"
    # A word of the vocabulary, no secret, whatever linters read into the name.
    NO_SECRET = "no_secret"  # noqa: S105  # nosec B105


class SignatureRejected(Exception):  # noqa: N818 - a verdict about the sender, not an error of ours
    """The delivery is not proven to come from the line's owner."""

    def __init__(self, reason: RejectionReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One shared secret of a line; it stops matching after `not_after` (aware; None: no end)."""

    key_id: str
    value: bytes = field(repr=False)
    not_after: datetime | None = None

    @classmethod
    def from_text(cls, text: str, *, not_after: datetime | None = None) -> "SecretKey":
        """Make a key from the text an operator configured; its id tells keys apart without telling the secret."""
        value = text.encode()
        key_id = hashlib.sha256(b"ringback:webhook-secret:" + value).hexdigest()[:8]
        return cls(key_id=key_id, value=value, not_after=not_after)

    def is_active(self, now: datetime) -> bool:
        return bool(self.value) and (self.not_after is None or now <= self.not_after)


@dataclass(frozen=True, slots=True)
class Verified:
    """Which scheme and which key proved the delivery (so that an old key can be seen to fall silent)."""

    scheme_name: str
    key_id: str


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a sender may have signed. `headers` have lower-case names; `url` is the one configured at the sender."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """The value of a header. Raises SignatureRejected where it is absent or empty: empty never matches."""
        value = self.headers.get(name.lower(), "")
        if not value:
            raise SignatureRejected(RejectionReason.MISSING)
        return value


class Scheme(Protocol):
    """A way of proving a delivery."""

    @property
    def name(self) -> str: ...

    @property
    def proof_header(self) -> str:
        """The header without which there is nothing to check."""
        ...

    def matching_key(self, request: SignedRequest, *, keys: Sequence[SecretKey], now: datetime) -> SecretKey:
        """Return the key (all given are active) that proves the request. Raises SignatureRejected, nothing else."""
        ...


def check_header_name(name: str | None) -> None:
    """Raise ValueError for text that is no name of an HTTP header."""
    if name is None or not _HEADER_NAME.fullmatch(name):
        raise ValueError("A header's name holds letters, digits and hyphens.")
