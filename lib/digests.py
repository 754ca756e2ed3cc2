"""Lib's keyed digests: what must be compared without being readable (session references, blind indexes)."""

import hmac
from functools import lru_cache

from lib.keyring import Key, index_keys


@lru_cache(maxsize=64)
def _subkey(key: Key, duty: str) -> bytes:
    return key.subkey(f"digest|{duty}")


def digest_key(duty: str) -> bytes:
    """The newest index key's 32-byte subkey for `duty`, for pure code that digests by itself."""
    return _subkey(index_keys().current, duty)


def keyed_digest(duty: str, value: str) -> str:
    """HMAC-SHA256 of `value` under the newest index key's subkey for `duty`, as 64 hex digits.

    Not plain SHA-256: ten digits of a phone number can be tried in seconds.
    """
    return hmac.digest(_subkey(index_keys().current, duty), value.encode(), "sha256").hex()


def keyed_digests(duty: str, value: str) -> list[str]:
    """The digest under every key, newest first: what a search compares with while an index key rotates."""
    return [hmac.digest(_subkey(key, duty), value.encode(), "sha256").hex() for key in index_keys().keys]
