"""Reports on use: how often people opened callers' data of a clinic, as the trail has it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connections

ALIAS = "audit_reader"

_USES = """
    SELECT actor_id, count(*) FROM audit_event
    WHERE actor_id = ANY(%(actors)s) AND stored_at >= %(since)s AND clinic_id = %(clinic)s
    AND (line::jsonb ->> 'phi_accessed')::boolean
    GROUP BY actor_id
"""


def uses_of(actor_ids: Collection[str], *, clinic_id: UUID, since: datetime) -> dict[str, int]:
    """Events by which each of these people opened callers' data of the clinic since an instant (UTC); absent: none."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_USES, {"actors": list(actor_ids), "since": since, "clinic": clinic_id})
        return dict(cursor.fetchall())
