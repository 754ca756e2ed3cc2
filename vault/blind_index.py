"""Vault's blind index: equal values find each other, and nobody without the key can try all phone numbers."""

import unicodedata
from uuid import UUID

from lib.digests import keyed_digest, keyed_digests


def _duty(kind: str, clinic_id: UUID) -> str:
    # Per clinic: the same number in two clinics must not be linkable.
    return f"blind index|{kind}|{clinic_id.hex}"


def _normalised(value: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def index_value(kind: str, value: str, *, clinic_id: UUID) -> str:
    """64 hex digits to store beside a sealed value. `kind` is fixed for ever ("phone", "name"); phones come as E.164."""
    return keyed_digest(_duty(kind, clinic_id), _normalised(value))


def search_values(kind: str, value: str, *, clinic_id: UUID) -> list[str]:
    """What a search compares with: the index under every key, while a new index key is being filled in."""
    return keyed_digests(_duty(kind, clinic_id), _normalised(value))
