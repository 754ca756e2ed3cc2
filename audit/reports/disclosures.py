"""Reports on disclosures: what of one caller left the house, to whom and why (45 CFR 164.528), and what staff feared."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from audit.events import TAGS
from audit.findings import KINDS
from audit.models import Finding
from audit.models.finding import Resolution
from audit.reports.accesses import ALIAS, Question

_DISCLOSED = [tag.value for tag in TAGS.values() if "iso#disclose" in tag.subtypes]

# Several to one recipient for one purpose are one line with the first, the last and how many (164.528(b)(3)).
# A line may stand twice in the trail when its insert was tried again; it is one event.
_DISCLOSURES = """
    WITH disclosed AS (
        SELECT DISTINCT ON (event_id) event_id, tag, subject_id, object_id, stored_at, line::jsonb AS facts
        FROM audit_event
        WHERE clinic_id = ANY(%(clinics)s) AND tag = ANY(%(tags)s)
        AND (subject_id = ANY(%(subjects)s) OR object_id = ANY(%(subjects)s))
        AND stored_at >= coalesce(%(since)s, '-infinity'::timestamptz)
        AND stored_at < coalesce(%(until)s, 'infinity'::timestamptz)
        ORDER BY event_id, stored_at
    )
    SELECT tag, subject_id, facts ->> 'object_kind', object_id, facts #>> '{details,target}',
        facts #>> '{details,recipient}', facts ->> 'purpose', min(stored_at), max(stored_at), count(*),
        array_agg(DISTINCT facts #>> '{details,fields}')
    FROM disclosed
    GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
_RECORDS = "SELECT DISTINCT object_id FROM audit_event WHERE clinic_id = ANY(%s) AND subject_id = ANY(%s)"


@dataclass(frozen=True)
class Disclosure:
    """One recipient, one record and one purpose. Instants UTC; `fields` sorted; no values.

    `recipient_id` is "" where nobody knows who it was, `address` the host as it was then, "" in older records.
    """

    sentence: str
    recipient_id: str
    address: str
    subject_id: str
    object_kind: str
    object_id: str
    purposes: list[str]
    first_at: datetime
    last_at: datetime
    count: int
    fields: list[str]
    is_feared: bool = False


def disclosures(question: Question) -> list[Disclosure]:
    """What left the house about these subjects, and what members of staff said somebody may have learned; latest first.

    A disclosure is recorded before the first byte leaves: one that then failed on its way is here too. What an officer
    found to be a false alarm is not. Needs `subject_ids`; reads on the `audit_reader` and the `default` connection.
    """
    found = [*_recorded(question), *_feared(question)]
    return sorted(found, key=lambda disclosure: (disclosure.last_at, disclosure.object_id), reverse=True)


def _recorded(question: Question) -> list[Disclosure]:
    values: dict[str, Any] = {
        "clinics": list(question.clinic_ids),
        "tags": _DISCLOSED,
        "subjects": question.subject_ids,
        "since": question.since,
        "until": question.until,
    }
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_DISCLOSURES, values)
        return [
            Disclosure(
                sentence=TAGS[tag].sentence,
                recipient_id=target or "",
                address=address or "",
                subject_id=subject_id or "",
                object_kind=kind or "",
                object_id=object_id or "",
                purposes=_words([purpose]),
                first_at=first_at,
                last_at=last_at,
                count=count,
                fields=_words(fields),
            )
            for tag, subject_id, kind, object_id, target, address, purpose, first_at, last_at, count, fields in cursor
        ]


def _feared(question: Question) -> list[Disclosure]:
    kinds = [kind.value for kind in KINDS.values() if kind.is_disclosure]
    rows = Finding.objects.filter(
        kind__in=kinds, clinic_id__in=question.clinic_ids, about_id__in=_records_of(question)
    ).exclude(resolution=Resolution.FALSE_ALARM)
    if question.since is not None:
        rows = rows.filter(last_seen_at__gte=question.since)
    if question.until is not None:
        rows = rows.filter(first_seen_at__lt=question.until)
    return [
        Disclosure(
            sentence=KINDS[row.kind].sentence,
            recipient_id="",
            address="",
            subject_id="",
            object_kind=row.about_kind,
            object_id=row.about_id,
            purposes=[],
            first_at=row.first_seen_at,
            last_at=row.last_seen_at,
            count=row.count,
            fields=[],
            is_feared=True,
        )
        for row in rows
    ]


def _records_of(question: Question) -> list[str]:
    """The subjects and every record that the trail knows to be about them."""
    asked = list(question.subject_ids or ())
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_RECORDS, [list(question.clinic_ids), asked])
        return [*asked, *(object_id for (object_id,) in cursor if object_id)]


def _words(lists: Sequence[str | None]) -> list[str]:
    """The words of JSON lists as lines hold them, each once."""
    return sorted({word for text in lists if text for word in json.loads(text)})
