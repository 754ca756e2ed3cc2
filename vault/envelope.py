"""Vault's envelope: AES-256-GCM, bound to a field and a row (decision 3).

`1.<key id>.<nonce and ciphertext in URL-safe base64>`; the version byte, the key id, the field's fixed label and the
row's UUID are authenticated. A value moved to another row or column, a flipped bit or a foreign key: it does not open.
"""

import binascii
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib.keyring import Key, field_keys
from lib.tally import Tally

# The URL-safe alphabet. By hand, because the base64 module's own functions take twice the time of the cipher.
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
VERSION = "1"
NONCE_BYTES = 12


class SealBrokenError(Exception):
    """The value does not open here: tampered with, moved from another row or field, or its key is not on the ring.

    Says which field, never what is in it. Nothing is shown instead: the vault fails closed.
    """


# Of the whole process, whatever the thread; the law compares it with the fields the trail was told of.
opened_count = Tally()


@lru_cache(maxsize=16)
def _cipher(key: Key) -> AESGCM:
    return AESGCM(key.subkey("field seal"))


def _bound_to(key_id: str, label: str, row_id: UUID) -> bytes:
    return f"{VERSION}|{key_id}|{label}|{row_id.hex}".encode()


def seal_text(plain: str, *, label: str, row_id: UUID) -> str:
    """Seal `plain` under the newest key for one field (`label`) of one row."""
    key = field_keys().current
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = _cipher(key).encrypt(nonce, plain.encode(), _bound_to(key.key_id, label, row_id))
    return f"{VERSION}.{key.key_id}.{_spelled(nonce + ciphertext)}"


def open_text(token: str, *, label: str, row_id: UUID) -> str:
    """The plain text of a token made for this label and row. Raises SealBrokenError otherwise.

    Only vault.reveal may call this: it records first.
    """
    plain = _unseal(token, label=label, row_id=row_id)
    opened_count.add(1)
    return plain.decode()


def check_token(token: str, *, label: str, row_id: UUID) -> None:
    """Raise SealBrokenError unless the token opens for this label and row. Nobody gets to see what is in it."""
    _unseal(token, label=label, row_id=row_id)


def _unseal(token: str, *, label: str, row_id: UUID) -> bytes:
    version, _, rest = token.partition(".")
    key_id, _, body = rest.partition(".")
    key = field_keys().get(key_id)
    if version != VERSION or key is None:
        raise SealBrokenError(f"{label}: no key on the ring opens this value")
    try:
        sealed = _read(body)
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound_to(key_id, label, row_id))
    except (InvalidTag, ValueError):
        raise SealBrokenError(f"{label}: the value was changed, or belongs to another row or field") from None


def _read(body: str) -> bytes:
    """Raises ValueError for anything but the one spelling `_spelled` gives: base64 has spare bits and characters that
    decode alike, and a changed byte is a change.
    """
    sealed = binascii.a2b_base64(body.encode().translate(_TO_STANDARD))
    if _spelled(sealed) != body:
        raise ValueError("not spelled as sealing spells it")
    return sealed


def _spelled(sealed: bytes) -> str:
    return binascii.b2a_base64(sealed, newline=False).translate(_TO_URL_SAFE).decode()


def key_id_of(token: str) -> str:
    """Which key sealed a token: what rotation looks for."""
    return token.split(".", 2)[1] if token.count(".") >= 2 else ""
