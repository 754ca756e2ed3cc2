"""Intake's gate: proves from raw bytes and headers that a delivery was signed with one of a line's secrets."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_HEX = re.compile(r"[0-9a-fA-F]*")
_TIMESTAMP = re.compile(r"[0-9]{1,16}")
# Unix seconds stay below this until the year 5138; milliseconds passed it in 1973.
_SMALLEST_MILLISECONDS = 10**11


class RejectionReason(StrEnum):
    """Why a delivery was refused; safe to log and to count."""

    MISSING = "missing"
    MALFORMED = "malformed"
    MISMATCH = "mismatch"
    STALE_TIMESTAMP = "stale_timestamp"
    # A word of the vocabulary, no secret, whatever linters read into the name.
    NO_SECRET = "no_secret"  # noqa: S105  # nosec B105


# With several schemes the reason told is that of the one which came furthest.
_PROGRESS = (
    RejectionReason.NO_SECRET,
    RejectionReason.MISSING,
    RejectionReason.MALFORMED,
    RejectionReason.MISMATCH,
    RejectionReason.STALE_TIMESTAMP,
)


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


class Scheme(Protocol):
    """A way of proving a delivery."""

    @property
    def name(self) -> str: ...

    def matching_key(
        self, *, headers: Mapping[str, str], body: bytes, keys: Sequence[SecretKey], now: datetime
    ) -> SecretKey:
        """Return the key that proves the delivery.

        `headers` has lower-case names, `keys` are active. Raises SignatureRejected and nothing else.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacScheme:
    """An HMAC over the raw body, and over a timestamp where the sender gives one.

    The fields are those of VAPI's HMAC credential. `payload_format` is literal text around `{timestamp}` and
    `{body}`. Raises ValueError for a combination that would leave the body or the timestamp unproven.
    """

    name: str = "hmac"
    signature_header: str = "x-signature"
    timestamp_header: str | None = "x-timestamp"
    prefix: str = ""
    include_timestamp: bool = True
    payload_format: str = "{timestamp}.{body}"
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    allow_sha1: bool = False
    encoding: Literal["hex", "base64"] = "hex"
    secret_is_base64: bool = False
    tolerance_seconds: int = 300

    def __post_init__(self) -> None:
        placeholders = _PLACEHOLDER.findall(self.payload_format)
        if placeholders.count("{body}") != 1:
            raise ValueError("payload_format must contain {body} exactly once")
        if set(placeholders) - {"{body}", "{timestamp}"}:
            raise ValueError("payload_format knows only {timestamp} and {body}")
        if self.include_timestamp != ("{timestamp}" in placeholders):
            raise ValueError("include_timestamp and {timestamp} in payload_format need each other")
        if self.include_timestamp and not self.timestamp_header:
            raise ValueError("include_timestamp needs a timestamp_header")
        if self.algorithm not in {"sha256", "sha512", "sha1"}:
            raise ValueError("algorithm must be sha256, sha512 or sha1")
        if self.algorithm == "sha1" and not self.allow_sha1:
            raise ValueError("sha1 must be allowed explicitly")
        if self.encoding not in {"hex", "base64"}:
            raise ValueError("encoding must be hex or base64")
        if self.tolerance_seconds <= 0:
            raise ValueError("tolerance_seconds must be positive")

    def matching_key(
        self, *, headers: Mapping[str, str], body: bytes, keys: Sequence[SecretKey], now: datetime
    ) -> SecretKey:
        """Return the key whose HMAC the signature header carries; every key is tried, match or not."""
        usable = [(key, material) for key in keys if (material := self._material(key))]
        if not usable:
            raise SignatureRejected(RejectionReason.NO_SECRET)
        received = self._received_digest(_required(headers, self.signature_header))
        timestamp = self._received_timestamp(headers)
        signed = self._signed_bytes(body, timestamp)
        matches = [key for key, material in usable if hmac.compare_digest(self._digest(material, signed), received)]
        if not matches:
            raise SignatureRejected(RejectionReason.MISMATCH)
        # Freshness comes last: the timestamp is the sender's word only once the signature over it holds.
        if timestamp is not None and not self._is_fresh(timestamp, now):
            raise SignatureRejected(RejectionReason.STALE_TIMESTAMP)
        return matches[0]

    def sign(self, *, secret: str, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """Return the headers a sender adds; `timestamp` (seconds or milliseconds) where the scheme includes one."""
        if self.include_timestamp and timestamp is None:
            raise ValueError("this scheme signs a timestamp")
        material = self._material(SecretKey.from_text(secret))
        if not material:
            raise ValueError("the secret is empty or not base64")
        text = str(timestamp) if self.include_timestamp else None
        digest = self._digest(material, self._signed_bytes(body, text))
        encoded = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        headers = {self.signature_header: self.prefix + encoded}
        if self.timestamp_header and text is not None:
            headers[self.timestamp_header] = text
        return headers

    def _material(self, key: SecretKey) -> bytes:
        """Return the HMAC key's bytes, empty where the secret cannot be one."""
        if not self.secret_is_base64:
            return key.value
        try:
            return base64.b64decode(key.value, validate=True)
        except binascii.Error:
            return b""

    def _digest(self, material: bytes, signed: bytes) -> bytes:
        return hmac.digest(material, signed, self.algorithm)

    def _received_digest(self, header: str) -> bytes:
        """Decode the signature header to exactly one digest's worth of bytes."""
        size = hashlib.new(self.algorithm, usedforsecurity=False).digest_size
        encoded = header.removeprefix(self.prefix)
        if not header.startswith(self.prefix):
            raise SignatureRejected(RejectionReason.MALFORMED)
        if self.encoding == "hex":
            # The pattern first: bytes.fromhex would forgive white space.
            if len(encoded) != 2 * size or not _HEX.fullmatch(encoded):
                raise SignatureRejected(RejectionReason.MALFORMED)
            return bytes.fromhex(encoded)
        if len(encoded) != 4 * -(-size // 3):
            raise SignatureRejected(RejectionReason.MALFORMED)
        try:
            decoded = base64.b64decode(encoded, validate=True)
        except ValueError as error:  # binascii.Error, or characters outside ASCII
            raise SignatureRejected(RejectionReason.MALFORMED) from error
        if len(decoded) != size:
            raise SignatureRejected(RejectionReason.MALFORMED)
        return decoded

    def _received_timestamp(self, headers: Mapping[str, str]) -> str | None:
        if not (self.include_timestamp and self.timestamp_header):
            return None
        text = _required(headers, self.timestamp_header)
        if not _TIMESTAMP.fullmatch(text):
            raise SignatureRejected(RejectionReason.MALFORMED)
        return text

    def _signed_bytes(self, body: bytes, timestamp: str | None) -> bytes:
        before, after = self.payload_format.split("{body}")
        stamp = timestamp or ""
        return before.replace("{timestamp}", stamp).encode() + body + after.replace("{timestamp}", stamp).encode()

    def _is_fresh(self, timestamp: str, now: datetime) -> bool:
        sent = int(timestamp)
        seconds = sent / 1000 if sent >= _SMALLEST_MILLISECONDS else float(sent)
        return abs(now.timestamp() - seconds) <= self.tolerance_seconds


# The article's form signs no timestamp: its protection against replay is the unique call id. Where both forms
# are open, a signature over "1795366831.{...}" would also verify as the article's with those bytes as the body;
# they are not JSON, so such a delivery ends as malformed.
ARTICLE_FORM = HmacScheme(
    name="article",
    signature_header="x-vapi-signature",
    timestamp_header=None,
    include_timestamp=False,
    payload_format="{body}",
)
VAPI_DEFAULT = HmacScheme(name="vapi-default")


def verify_signature(
    *,
    headers: Mapping[str, str],
    body: bytes,
    schemes: Sequence[Scheme],
    secrets: Sequence[SecretKey],
    now: datetime,
) -> Verified:
    """Return which scheme and key prove the delivery; raise SignatureRejected if none does.

    `body` is the request's bytes as they arrived, `headers` may be in any case, `now` is aware. All schemes and
    all active keys are tried whatever the first ones say, so that time tells nothing about which one matched.
    """
    active = [key for key in secrets if key.is_active(now)]
    if not active:
        raise SignatureRejected(RejectionReason.NO_SECRET)
    by_name = _lower_case_names(headers)
    proofs: list[Verified] = []
    refusals: list[RejectionReason] = [RejectionReason.NO_SECRET]
    for scheme in schemes:
        try:
            key = scheme.matching_key(headers=by_name, body=body, keys=active, now=now)
        except SignatureRejected as refusal:
            refusals.append(refusal.reason)
        else:
            proofs.append(Verified(scheme_name=scheme.name, key_id=key.key_id))
    if proofs:
        return proofs[0]
    raise SignatureRejected(max(refusals, key=_PROGRESS.index))


def sign_article_form(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery signed as the article does."""
    return ARTICLE_FORM.sign(secret=secret, body=body)


def sign_vapi_default(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers of a delivery signed as VAPI does by default; `timestamp` in seconds or milliseconds."""
    return VAPI_DEFAULT.sign(secret=secret, body=body, timestamp=timestamp)


def _lower_case_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Index headers by lower-case name; one sent in two spellings becomes a comma list, which no scheme accepts."""
    by_name: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        by_name[lower] = f"{by_name[lower]},{value}" if lower in by_name else value
    return by_name


def _required(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name.lower(), "")
    if not value:
        raise SignatureRejected(RejectionReason.MISSING)
    return value
