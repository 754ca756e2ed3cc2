"""Reports on accesses: who opened which caller's data, how often, and whether their own work explains it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from audit.events import CALLBACK_DIALLED, DELIVERY_OPENED, QUEUE_CALLER_SHOWN, TAGS

ALIAS = "audit_reader"
# An act of the same person on the same callback within this time, before or after, explains why they opened it.
EXPLAINED_WITHIN = timedelta(hours=1)

# A person opened a value. The queue's list is no choice of theirs, and deliveries are opened by a service.
_OPENED = [
    tag.value
    for tag in TAGS.values()
    if "iso#decrypt" in tag.subtypes and tag not in (QUEUE_CALLER_SHOWN, DELIVERY_OPENED)
]
_SHOWN_TOO = [*_OPENED, QUEUE_CALLER_SHOWN.value]
_WORK = [
    tag.value
    for tag in TAGS.values()
    if tag.value.startswith("callback:") and (tag.action in {"C", "U"} or tag is CALLBACK_DIALLED)
]

# One line for each person, record and session. The inner question is answered by the index on object_id.
_ACCESSES = """
    WITH opened AS (
        SELECT actor_id, subject_id, object_id, stored_at, tag, line::jsonb AS facts, EXISTS (
            SELECT FROM audit_event w
            WHERE w.object_id = e.object_id AND w.actor_id = e.actor_id AND w.tag = ANY(%(work)s)
            AND w.stored_at BETWEEN e.stored_at - %(within)s AND e.stored_at + %(within)s
        ) AS is_explained
        FROM audit_event e
        WHERE clinic_id = ANY(%(clinics)s) AND tag = ANY(%(tags)s)
        AND stored_at >= coalesce(%(since)s, '-infinity'::timestamptz)
        AND stored_at < coalesce(%(until)s, 'infinity'::timestamptz)
        AND (%(subjects)s::text[] IS NULL OR subject_id = ANY(%(subjects)s) OR object_id = ANY(%(subjects)s))
        AND (%(actors)s::text[] IS NULL OR actor_id = ANY(%(actors)s))
    )
    SELECT min(facts ->> 'actor_label'), min(facts ->> 'actor_roles'), subject_id, object_id, min(facts ->> 'object_kind'),
        min(stored_at), max(stored_at), count(*), array_agg(DISTINCT tag), array_agg(DISTINCT facts ->> 'fields'),
        bool_and(is_explained)
    FROM opened WHERE facts ->> 'actor_kind' = 'human'
    GROUP BY actor_id, subject_id, object_id, facts ->> 'session_ref'
    HAVING NOT (%(only_unexplained)s AND bool_and(is_explained))
    ORDER BY max(stored_at) DESC, object_id
    LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Access:
    """One person at one record in one session. Instants UTC; `fields` and `tags` sorted; no values."""

    person: str
    roles: str
    subject_id: str
    object_kind: str
    object_id: str
    first_at: datetime
    last_at: datetime
    count: int
    tags: list[str]
    fields: list[str]
    is_explained: bool


@dataclass(frozen=True)
class Question:
    """What is asked: a period (UTC, half-open), clinics, and, if not None, only these subjects or objects and actors."""

    clinic_ids: Collection[UUID]
    since: datetime | None = None
    until: datetime | None = None
    subject_ids: list[str] | None = None
    actor_ids: list[str] | None = None


def unexplained_accesses(question: Question, *, limit: int | None = None) -> list[Access]:
    """Openings without any act of the same person on the same callback within an hour, latest first; all without limit."""
    return _accesses(question, tags=_OPENED, only_unexplained=True, limit=limit)


def accesses(question: Question, *, limit: int | None = None) -> list[Access]:
    """Every time a person was shown something of these subjects, the queue's list included, latest first."""
    return _accesses(question, tags=_SHOWN_TOO, only_unexplained=False, limit=limit)


def _accesses(question: Question, *, tags: list[str], only_unexplained: bool, limit: int | None) -> list[Access]:
    values: dict[str, Any] = {
        "work": _WORK,
        "within": EXPLAINED_WITHIN,
        "clinics": list(question.clinic_ids),
        "tags": tags,
        "since": question.since,
        "until": question.until,
        "subjects": question.subject_ids,
        "actors": question.actor_ids,
        "only_unexplained": only_unexplained,
        "limit": limit,
    }
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_ACCESSES, values)
        return [_access(*row) for row in cursor.fetchall()]


def _access(person: str | None, roles: str | None, subject_id: str | None, object_id: str | None, kind: str | None,
            first_at: datetime, last_at: datetime, count: int, tags: list[str], fields: list[str | None],
            is_explained: bool) -> Access:  # fmt: skip
    return Access(
        person=person or "unknown",
        roles=", ".join(_words(roles)),
        subject_id=subject_id or "",
        object_kind=kind or "",
        object_id=object_id or "",
        first_at=first_at,
        last_at=last_at,
        count=count,
        tags=sorted(tags),
        fields=sorted({word for words in fields for word in _words(words)}),
        is_explained=is_explained,
    )


def _words(text: str | None) -> list[str]:
    """The words of a JSON list as the line holds it."""
    return json.loads(text) if text else []
