"""Callbacks' CRM payload encryption: a body that only its receiver can open (JWE, A256GCM), beyond what TLS does."""

import json
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey, import_key

_ENC = "A256GCM"
_FEWEST_RSA_BITS = 2048


class RecipientKeyError(ValueError):
    """The text is no public key that a body can be encrypted to."""


def read_recipient_key(text: str) -> Key:
    """A public key from PEM or JWK: RSA of at least 2048 bits, or an elliptic curve. Raises RecipientKeyError; a private
    key is refused, because it belongs to the receiver alone.
    """
    text = text.strip()
    try:
        key = _read_jwk(json.loads(text)) if text.startswith("{") else _read_pem(text)
    except (JoseError, ValueError, TypeError, UnsupportedAlgorithm):
        raise RecipientKeyError("not a public key in PEM or JWK") from None
    if key is None or key.is_private:
        raise RecipientKeyError("not a public key of enough strength")
    return key


def _read_pem(text: str) -> Key | None:
    """None for one that is too weak."""
    loaded = load_pem_public_key(text.encode())
    if isinstance(loaded, RSAPublicKey):
        return RSAKey.import_key(text) if loaded.key_size >= _FEWEST_RSA_BITS else None
    return ECKey.import_key(text)


def _read_jwk(content: dict[str, Any]) -> Key | None:
    """None for one that is too weak, and for a symmetric one, which is nobody's public key."""
    key = None if content.get("kty") == "oct" else import_key(content)
    is_weak = isinstance(key, RSAKey) and key.public_key.key_size < _FEWEST_RSA_BITS
    return None if is_weak else key


def sealed_body(body: bytes, recipient_key: str) -> tuple[bytes, str]:
    """The body and its content type: as it is without a key, else a compact JWE of the JSON. Raises RecipientKeyError."""
    if not recipient_key:
        return body, "application/json"
    key = read_recipient_key(recipient_key)
    algorithm = "RSA-OAEP-256" if isinstance(key, RSAKey) else "ECDH-ES+A256KW"
    header = {"alg": algorithm, "enc": _ENC, "cty": "application/json"}
    token = jwe.encrypt_compact(header, body, key, algorithms=[algorithm, _ENC])
    return token.encode(), "application/jose"
