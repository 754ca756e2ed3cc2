"""Sealing's watch: how long rows wait for their seal, rows that came after it, and rows that went without a purge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections

ALIAS = "audit_reader"
# Six turns of the sealer: a slow transaction may hold the horizon for one or two of them.
LATE_AFTER = timedelta(seconds=60)

# The oldest by transaction number, which an index gives at once however long the sealer was away.
_OLDEST_WAITING = """
    SELECT clock_timestamp() - stored_at FROM audit_event e
    WHERE xid >= coalesce((SELECT body::jsonb ->> 'hi' FROM audit_seal ORDER BY n DESC LIMIT 1), '0')::xid8
    AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.event_id)
    ORDER BY xid LIMIT 1
"""
_LATE = """
    SELECT event_id::text FROM audit_event e
    WHERE xid < coalesce((SELECT body::jsonb ->> 'hi' FROM audit_seal ORDER BY n DESC LIMIT 1), '0')::xid8
    AND stored_at >= coalesce(%s, '-infinity'::timestamptz)
    AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.event_id)
    ORDER BY stored_at LIMIT %s
"""

# A purge seal says which seals' events are missing rightfully.
_MISSING = """
    WITH purged AS (
        SELECT (body::jsonb -> 'facts' ->> 'first_seal')::bigint AS first, (body::jsonb -> 'facts' ->> 'last_seal')::bigint AS last
        FROM audit_seal WHERE body LIKE '%%"kind":"purge"%%'
    )
    SELECT event_id::text FROM audit_leaf l
    WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.event_id = l.event_id)
    AND NOT EXISTS (SELECT FROM purged WHERE l.seal_n BETWEEN first AND last)
    ORDER BY seal_n, position LIMIT %s
"""


@dataclass(frozen=True)
class OddRows:
    """Events that should not be as they are: the first ids, and whether there are more."""

    ids: list[str]
    has_more: bool


def seal_lag() -> timedelta:
    """For how long the oldest row has waited for its seal, by the database's clock; zero when none waits.

    Raises DatabaseError when the reader's connection does not answer.
    """
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_OLDEST_WAITING)
        found = cursor.fetchone()
    # A row whose stored_at lies in the future does not make up for one that waits.
    return timedelta(0) if found is None else max(timedelta(0), found[0])


def find_late_rows(*, stored_since: datetime | None, at_most: int = 20) -> OddRows:
    """Rows below the sealed horizon that no seal holds: nothing of ours can write one, so somebody else did."""
    return _odd_rows(_LATE, [stored_since, at_most + 1], at_most)


def find_missing_rows(*, at_most: int = 20) -> OddRows:
    """Events that were sealed and are not there, although no purge took them. Reads the whole trail."""
    return _odd_rows(_MISSING, [at_most + 1], at_most)


def _odd_rows(query: str, values: list[Any], at_most: int) -> OddRows:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(query, values)
        ids = [row[0] for row in cursor.fetchall()]
    return OddRows(ids[:at_most], has_more=len(ids) > at_most)
