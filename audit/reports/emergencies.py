"""Reports on emergency accesses: what was opened in each, as the trail has it."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections

from audit.events import TAGS

ALIAS = "audit_reader"
# A page is written to the trail a moment after it was made; nobody's page takes longer.
WRITTEN_WITHIN = timedelta(minutes=2)

# The index on actor_id and stored_at answers it; the case is looked for in what is left.
_OPENED = """
    SELECT line::jsonb ->> 'case_id', tag, object_id, array_agg(DISTINCT line::jsonb ->> 'fields'), count(*)
    FROM audit_event
    WHERE actor_id = ANY(%(actors)s) AND stored_at >= %(since)s AND stored_at < %(until)s
    AND line::jsonb ->> 'case_id' = ANY(%(cases)s) AND (line::jsonb ->> 'phi_accessed')::boolean
    GROUP BY 1, 2, 3 ORDER BY min(stored_at)
"""


@dataclass(frozen=True)
class Window:
    """One emergency access: its id, whose, and from when until when (UTC)."""

    case_id: str
    actor_id: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Opened:
    """One record that was opened in it: what was done, which fields, how often. No values."""

    sentence: str
    object_id: str
    fields: list[str]
    count: int


def opened_in(windows: Collection[Window]) -> dict[str, list[Opened]]:
    """What was opened in each of these emergency accesses, by its id, first opened first."""
    if not windows:
        return {}
    values: dict[str, Any] = {
        "cases": [window.case_id for window in windows],
        "actors": sorted({window.actor_id for window in windows}),
        "since": min(window.since for window in windows),
        "until": max(window.until for window in windows) + WRITTEN_WITHIN,
    }
    found: dict[str, list[Opened]] = defaultdict(list)
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_OPENED, values)
        for case_id, tag, object_id, fields, count in cursor.fetchall():
            sentence = TAGS[tag].sentence if tag in TAGS else tag
            words = sorted({word for text in fields for word in json.loads(text)})
            found[case_id].append(Opened(sentence, object_id or "", words, count))
    return found
