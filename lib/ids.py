"""Lib's ids: UUIDv7, made by the application; the primary key is the public id (decision 1)."""

from uuid import UUID

import uuid6


def new_id() -> UUID:
    """A UUIDv7: sortable by time of making, so indexes stay dense. A plain `uuid.UUID`, as Django expects."""
    return UUID(int=uuid6.uuid7().int)
