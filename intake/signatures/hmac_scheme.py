"""Intake's gate for HMAC: a signature over the raw body, with every option of VAPI's HMAC credential. Pure."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from intake.signatures.proof import (
    RejectionReason,
    SecretKey,
    SignatureRejected,
    SignedRequest,
    check_header_name,
)

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_KNOWN_PLACEHOLDERS = frozenset({"{body}", "{timestamp}", "{method}", "{url}", "{svix-id}"})
_HEX = re.compile(r"[0-9a-fA-F]*")
_TIMESTAMP = re.compile(r"[0-9]{1,16}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_MESSAGE_ID_HEADER = "svix-id"
# Unix seconds stay below this until the year 5138; milliseconds passed it in 1973.
_SMALLEST_MILLISECONDS = 10**11


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacScheme:
    """An HMAC over the raw body, and over a timestamp where the sender gives one.

    The fields are those of VAPI's HMAC credential. `payload_format` is literal text around `{body}`, `{timestamp}`,
    `{method}`, `{url}` and `{svix-id}` (the header of that name). Raises ValueError, with a sentence, for a combination
    that would leave the body or the timestamp unproven.
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
        check_header_name(self.signature_header)
        placeholders = _PLACEHOLDER.findall(self.payload_format)
        if placeholders.count("{body}") != 1:
            raise ValueError("The payload format must hold {body} exactly once.")
        if not _KNOWN_PLACEHOLDERS.issuperset(placeholders):
            raise ValueError("The payload format knows {body}, {timestamp}, {method}, {url} and {svix-id} only.")
        if self.include_timestamp != ("{timestamp}" in placeholders):
            raise ValueError("A timestamp is included exactly where the payload format holds {timestamp}.")
        if self.include_timestamp:
            check_header_name(self.timestamp_header)
        if self.algorithm not in {"sha256", "sha512", "sha1"}:
            raise ValueError("The algorithm is sha256, sha512 or sha1.")
        if self.algorithm == "sha1" and not self.allow_sha1:
            raise ValueError("SHA-1 has to be allowed explicitly.")
        if self.encoding not in {"hex", "base64"}:
            raise ValueError("The encoding is hex or base64.")
        if self.tolerance_seconds <= 0:
            raise ValueError("The tolerance is a positive number of seconds.")

    @property
    def proof_header(self) -> str:
        return self.signature_header

    @property
    def signs_the_url(self) -> bool:
        return "{url}" in self.payload_format

    def matching_key(self, request: SignedRequest, *, keys: Sequence[SecretKey], now: datetime) -> SecretKey:
        """Return the key whose HMAC the signature header carries; every key is tried, match or not."""
        usable = [(key, material) for key in keys if (material := self._material(key))]
        if not usable:
            raise SignatureRejected(RejectionReason.NO_SECRET)
        received = self._received_digest(request.header(self.signature_header))
        timestamp = self._received_timestamp(request)
        signed = self._signed_bytes(request, timestamp=timestamp)
        matches = [key for key, material in usable if hmac.compare_digest(self._digest(material, signed), received)]
        if not matches:
            raise SignatureRejected(RejectionReason.MISMATCH)
        # Freshness comes last: the timestamp is the sender's word only once the signature over it holds.
        if timestamp is not None and not self._is_fresh(timestamp, now):
            raise SignatureRejected(RejectionReason.STALE_TIMESTAMP)
        return matches[0]

    def digest_for(self, request: SignedRequest, *, key: SecretKey, timestamp: str | None) -> bytes:
        """Return the digest that this key gives, empty where it can give none. Raises SignatureRejected where the
        request lacks what is signed.
        """
        material = self._material(key)
        return self._digest(material, self._signed_bytes(request, timestamp=timestamp)) if material else b""

    def sign(
        self,
        *,
        secret: str,
        body: bytes,
        timestamp: int | None = None,
        method: str = "POST",
        url: str = "",
        message_id: str | None = None,
    ) -> dict[str, str]:
        """Return the headers a sender adds; `timestamp` (seconds or milliseconds) where the scheme includes one."""
        if self.include_timestamp and timestamp is None:
            raise ValueError("this scheme signs a timestamp")
        material = self._material(SecretKey.from_text(secret))
        if not material:
            raise ValueError("the secret is empty or not base64")
        headers: dict[str, str] = {}
        if message_id is not None:
            headers[_MESSAGE_ID_HEADER] = message_id
        text = str(timestamp) if self.include_timestamp else None
        if self.timestamp_header and text is not None:
            headers[self.timestamp_header] = text
        request = SignedRequest(method=method, url=url, headers=headers, body=body)
        digest = self._digest(material, self._signed_bytes(request, timestamp=text))
        encoded = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        return {self.signature_header: self.prefix + encoded, **headers}

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
        # One spelling only: the spare bits of the last character would let a changed signature pass.
        if len(decoded) != size or not hmac.compare_digest(base64.b64encode(decoded), encoded.encode()):
            raise SignatureRejected(RejectionReason.MALFORMED)
        return decoded

    def _received_timestamp(self, request: SignedRequest) -> str | None:
        if not (self.include_timestamp and self.timestamp_header):
            return None
        text = request.header(self.timestamp_header)
        if not _TIMESTAMP.fullmatch(text):
            raise SignatureRejected(RejectionReason.MALFORMED)
        return text

    def _signed_bytes(self, request: SignedRequest, *, timestamp: str | None) -> bytes:
        parts = []
        for part in _PLACEHOLDER.split(self.payload_format):
            match part:
                case "{body}":
                    parts.append(request.body)
                case "{timestamp}":
                    parts.append((timestamp or "").encode())
                case "{method}":
                    parts.append(request.method.encode())
                case "{url}":
                    parts.append(request.url.encode())
                case "{svix-id}":
                    parts.append(_message_id(request).encode())
                case _:
                    parts.append(part.encode())
        return b"".join(parts)

    def _is_fresh(self, timestamp: str, now: datetime) -> bool:
        sent = int(timestamp)
        seconds = sent / 1000 if sent >= _SMALLEST_MILLISECONDS else float(sent)
        return abs(now.timestamp() - seconds) <= self.tolerance_seconds


def _message_id(request: SignedRequest) -> str:
    text = request.header(_MESSAGE_ID_HEADER)
    if not _MESSAGE_ID.fullmatch(text):
        raise SignatureRejected(RejectionReason.MALFORMED)
    return text


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


def sign_article_form(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery signed as the article does."""
    return ARTICLE_FORM.sign(secret=secret, body=body)


def sign_vapi_default(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers of a delivery signed as VAPI does by default; `timestamp` in seconds or milliseconds."""
    return VAPI_DEFAULT.sign(secret=secret, body=body, timestamp=timestamp)
