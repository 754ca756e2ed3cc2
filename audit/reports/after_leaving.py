"""Reports on leavers: when somebody's access was to end, and the last thing they did by a right after that."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connections

from audit.events import PERSON_DISABLED, SESSION_ENDED
from audit.reports.accesses import ALIAS

_DISABLED = """
    SELECT object_id, max(recorded) FROM audit_event
    WHERE tag = %(tag)s AND object_id = ANY(%(people)s) GROUP BY object_id
"""
# Who acts without a role reads the page that says who can help, and signs in or out: that is no access.
_LAST = """
    SELECT ending.person, max(e.recorded)
    FROM unnest(%(people)s::text[], %(ends)s::timestamptz[]) AS ending (person, at)
    JOIN audit_event e ON e.actor_id = ending.person AND e.recorded >= ending.at
    WHERE e.outcome = 0 AND e.tag <> %(end_of_session)s
    AND jsonb_array_length(coalesce(e.line::jsonb -> 'actor_roles', '[]')) > 0
    GROUP BY ending.person
"""


def disabled_at(people: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these accounts was last switched off, UTC; who never was is not in it."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DISABLED, {"tag": PERSON_DISABLED.value, "people": [str(person) for person in people]})
        return {UUID(person): instant for person, instant in cursor.fetchall()}


def seconds_after(ends: Mapping[UUID, datetime]) -> dict[UUID, float]:
    """For how long after the end of their access (UTC) each person still did something by a right; 0.0 is not at all.

    Counted are acts on record that succeeded while a role was held. Needs the `audit_reader` connection.
    """
    people, instants = [str(person) for person in ends], list(ends.values())
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_LAST, {"people": people, "ends": instants, "end_of_session": SESSION_ENDED.value})
        last = {UUID(person): instant for person, instant in cursor.fetchall()}
    return {person: (last.get(person, end) - end).total_seconds() for person, end in ends.items()}
