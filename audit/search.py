"""Audit's search of the trail: filters that were understood, one page of events, keyset by database time."""

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from audit.events import TAGS, Outcome
from audit.models import AuditEvent
from audit.providers import Person, resolve_reference

PAGE_SIZE = 50
FILTERS = ("person", "subject", "tag", "outcome", "since", "until")
# What an officer asks for in one word; refusals are minor failures, the rest broke.
OUTCOMES = {
    "done": (Outcome.SUCCESS,),
    "refused": (Outcome.MINOR_FAILURE,),
    "failed": (Outcome.SERIOUS_FAILURE, Outcome.MAJOR_FAILURE),
}


@dataclass
class TrailFilters:
    """What the officer asked for, as typed, with what was understood of it.

    `since` and `until` are days of the clinic's zone, both included; `subject` is an id of a caller or callback, or a
    reference such as CB-1042. What is not understood is an error in words, never an ignored filter.
    """

    person: str = ""
    subject: str = ""
    tag: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""
    errors: list[str] = field(default_factory=list)
    subject_ids: list[str] = field(default_factory=list)
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.person or self.subject or self.tag or self.outcome or self.since or self.until)


def parse_filters(
    values: dict[str, str], *, zone: ZoneInfo, clinic_ids: Collection[UUID], people: Sequence[Person]
) -> TrailFilters:
    """Filters from query parameters (ids and closed words only: an address must not carry a name or a number)."""
    typed = {name: values.get(name, "").strip()[:80] for name in FILTERS}
    filters = TrailFilters(**typed)  # type: ignore[arg-type]  # text fields by name
    if filters.tag and filters.tag not in TAGS:
        filters.errors.append("That kind of event does not exist; choose one from the list.")
    if filters.outcome and filters.outcome not in OUTCOMES:
        filters.errors.append("That outcome does not exist; choose one from the list.")
    if filters.person and all(person.label != filters.person for person in people):
        filters.errors.append("Nobody of that user name belongs to your clinics.")
    if filters.subject:
        filters.subject_ids = _subject_ids(filters.subject, clinic_ids)
        if not filters.subject_ids:
            filters.errors.append("Give a caller's or callback's id, or a reference such as CB-1042 of your clinics.")
    filters.starts_at = _day_edge(filters.since, zone, filters.errors, days=0)
    filters.ends_at = _day_edge(filters.until, zone, filters.errors, days=1)
    if filters.starts_at and filters.ends_at and filters.starts_at >= filters.ends_at:
        filters.errors.append("The first day comes after the last one.")
    return filters


def search_trail(
    filters: TrailFilters, *, clinic_ids: Collection[UUID], people: Sequence[Person], after: str = ""
) -> tuple[list[AuditEvent], str]:
    """One page, newest first, and the cursor of the next ("" at the end). A broken filter finds nothing.

    An officer reads what belongs to their clinics, what their people did outside any clinic (sign-in), and what
    nobody did (refused signatures). Reads on the `audit_reader` connection.
    """
    if filters.errors:
        return [], ""
    rows = _visible(clinic_ids, people)
    if filters.person:
        rows = rows.filter(actor_id__in=[person.id for person in people if person.label == filters.person])
    if filters.subject_ids:
        rows = rows.filter(Q(subject_id__in=filters.subject_ids) | Q(object_id__in=filters.subject_ids))
    if filters.tag:
        rows = rows.filter(tag=filters.tag)
    if filters.outcome:
        rows = rows.filter(outcome__in=OUTCOMES[filters.outcome])
    if filters.starts_at:
        rows = rows.filter(stored_at__gte=filters.starts_at)
    if filters.ends_at:
        rows = rows.filter(stored_at__lt=filters.ends_at)
    if (edge := _read_cursor(after)) is not None:
        stored_at, event_id = edge
        rows = rows.filter(Q(stored_at__lt=stored_at) | Q(stored_at=stored_at, event_id__lt=event_id))
    page = list(rows.order_by("-stored_at", "-event_id")[: PAGE_SIZE + 1])
    more = len(page) > PAGE_SIZE
    page = page[:PAGE_SIZE]
    return page, _write_cursor(page[-1]) if more else ""


def _visible(clinic_ids: Collection[UUID], people: Sequence[Person]) -> QuerySet[AuditEvent]:
    of_nobody = Q(clinic_id__isnull=True, actor_id__isnull=True)
    of_my_people = Q(clinic_id__isnull=True, actor_id__in=[person.id for person in people])
    return AuditEvent.objects.using("audit_reader").filter(Q(clinic_id__in=clinic_ids) | of_my_people | of_nobody)


def _subject_ids(text: str, clinic_ids: Collection[UUID]) -> list[str]:
    try:
        return [str(UUID(text))]
    except ValueError:
        return resolve_reference(text, clinic_ids)


def _day_edge(text: str, zone: ZoneInfo, errors: list[str], *, days: int) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        errors.append("Give days as year-month-day, such as 2026-11-24.")
        return None
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _write_cursor(event: AuditEvent) -> str:
    return base64.urlsafe_b64encode(f"{event.stored_at.isoformat()}|{event.event_id}".encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, UUID] | None:
    """None for no cursor and for a broken one: the search then starts at the newest event."""
    if not text:
        return None
    try:
        stored_at, event_id = base64.urlsafe_b64decode(text.encode()).decode().split("|")
        instant, last = datetime.fromisoformat(stored_at), UUID(event_id)
    except (ValueError, binascii.Error):
        return None
    return (instant, last) if instant.tzinfo else None
