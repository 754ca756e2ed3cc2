"""Sealing's keys: Ed25519, from AUDIT_SIGNING_KEY, which only the sealer's process is given (decision 27)."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SEED_BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """One key pair; `key_id` (16 hex digits) is a digest of the public half."""

    _private: Ed25519PrivateKey

    @property
    def public_hex(self) -> str:
        return self._private.public_key().public_bytes_raw().hex()

    @property
    def key_id(self) -> str:
        return key_id_of(self.public_hex)

    def sign(self, text: str) -> bytes:
        """64 bytes over the text's UTF-8."""
        return self._private.sign(text.encode())


def key_id_of(public_hex: str) -> str:
    """What names a public key in seals."""
    return hashlib.sha256(bytes.fromhex(public_hex)).hexdigest()[:16]


def parse_signing_key(text: str) -> SigningKey:
    """A key from its base64 seed. Raises ImproperlyConfigured; never quotes the text."""
    try:
        seed = base64.b64decode(text, validate=True)
    except ValueError:
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY is not base64.") from None
    if len(seed) != SEED_BYTES:
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY is not 32 bytes long.")
    return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))


def signing_keys() -> list[SigningKey]:
    """The sealer's keys, newest first; the second is the one being rotated out."""
    keys = [parse_signing_key(text) for text in settings.AUDIT_SIGNING_KEYS]
    if not keys:
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY is not set: nothing can be sealed.")
    return keys
