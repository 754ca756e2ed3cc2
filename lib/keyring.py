"""Lib's key ring: reads the field and index keys from settings and derives one subkey a duty (HKDF-SHA256).

Pure reading and derivation; sealing itself is vault's. It stands in lib because audit digests session references with it.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """One 32-byte key. `key_id` (8 hex digits) is a digest that names it in envelopes and never reveals it."""

    key_id: str
    material: bytes = field(repr=False)

    def subkey(self, duty: str) -> bytes:
        """32 bytes for one duty; keys of different duties tell nothing about each other."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"ringback|{duty}".encode()).derive(self.material)


@dataclass(frozen=True)
class KeyRing:
    """Keys, newest first: the first seals, all open."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[0]

    @cached_property
    def _by_id(self) -> dict[str, Key]:
        return {key.key_id: key for key in self.keys}

    def get(self, key_id: str) -> Key | None:
        return self._by_id.get(key_id)


def parse_key(text: str) -> Key:
    """A key from its base64 text (standard or URL-safe alphabet, 32 bytes). Raises ImproperlyConfigured."""
    try:
        material = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        # binascii's error is one, and so is what text outside ASCII gives.
        raise ImproperlyConfigured("A field or index key is not base64.") from None
    if len(material) != KEY_BYTES:
        raise ImproperlyConfigured("A field or index key is not 32 bytes long.")
    return Key(key_id=hashlib.sha256(b"ringback key id|" + material).hexdigest()[:8], material=material)


@lru_cache(maxsize=8)
def _ring(texts: tuple[str, ...]) -> KeyRing:
    if not texts:
        raise ImproperlyConfigured("The key ring is empty: no patient data can be sealed or read.")
    ring = KeyRing(tuple(parse_key(text) for text in texts))
    if len({key.key_id for key in ring.keys}) != len(ring.keys):
        raise ImproperlyConfigured("The key ring names one key twice.")
    return ring


def field_keys() -> KeyRing:
    """Keys of the sealed fields (FIELD_ENCRYPTION_KEY). Follows settings, so an override or rotation takes effect."""
    return _ring(tuple(settings.RINGBACK_FIELD_KEYS))


def index_keys() -> KeyRing:
    """Keys of blind indexes and of the trail's references (FIELD_INDEX_KEY); they rotate apart from field keys."""
    return _ring(tuple(settings.RINGBACK_INDEX_KEYS))
