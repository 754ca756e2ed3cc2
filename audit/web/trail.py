"""Audit's trail page: who saw or did what, filterable by person, caller, kind and period."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from audit.events import TAGS, TRAIL_VIEWED, Outcome, Purpose
from audit.models import AuditEvent
from audit.policy import audited
from audit.providers import label_records, list_people
from audit.recording import record_event
from audit.search import FILTERS, OUTCOMES as OUTCOME_WORDS, TrailFilters, parse_filters, search_trail
from audit.web.names import record_name
from audit.web.officer import officer_clinics
from lib.digests import keyed_digest

OUTCOMES = {
    Outcome.SUCCESS: ("done", "ok"),
    Outcome.MINOR_FAILURE: ("refused", "risk"),
    Outcome.SERIOUS_FAILURE: ("failed", "urgent"),
    Outcome.MAJOR_FAILURE: ("failed", "urgent"),
}
PURPOSES: dict[str, str] = {
    Purpose.PATIENT_ADMINISTRATION: "for patient administration",
    Purpose.TREATMENT: "for treatment",
    Purpose.COMPLIANCE: "for compliance",
    Purpose.SYSTEM_ADMINISTRATION: "for system administration",
}


@dataclass(frozen=True)
class TrailRow:
    """One event as the officer reads it; times in the clinic's zone with UTC beside them."""

    recorded: str
    recorded_utc: str
    person: str
    role: str
    sentence: str
    subject: str
    subject_id: str
    subject_url: str
    object: str
    object_id: str
    object_url: str
    fields: str
    purpose: str
    outcome: str
    outcome_kind: str
    address: str
    request_id: str


@audited(TRAIL_VIEWED)
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """The trail of the officer's clinics. Searching it is itself an event (FHIR 110101, Audit Log Used)."""
    clinics = officer_clinics(request)
    clinic_ids = [clinic.id for clinic in clinics]
    people = list_people(clinic_ids)
    zone = ZoneInfo(clinics[0].time_zone)
    values = {name: str(value) for name, value in request.GET.items()}
    filters = parse_filters(values, zone=zone, clinic_ids=clinic_ids, people=people)
    found, cursor = search_trail(filters, clinic_ids=clinic_ids, people=people, after=values.get("after", ""))
    _record_search(filters, rows=len(found))
    context = {
        "section": "trail",
        "filters": filters,
        "tags": [{"value": tag.value, "label": tag.sentence} for tag in TAGS.values()],
        "outcomes": list(OUTCOME_WORDS),
        "people": [person.label for person in people],
        "events": _rows(found, zone),
        "count_text": f"{len(found)} events, newest first" if cursor == "" else f"The newest {len(found)} events",
        "next_page_url": _page_url(filters, after=cursor) if cursor else "",
        "zone_name": zone.key,
        "empty": _empty(filters),
    }
    return render(request, "audit/trail.html", context)


def _record_search(filters: TrailFilters, *, rows: int) -> None:
    details: dict[str, str | int | list[str]] = {"filters": list(_filled(filters))}
    if filters.subject:
        details["subject_ref"] = keyed_digest("audit.search", filters.subject)[:32]
    record_event(TRAIL_VIEWED, rows_count=rows, purpose=Purpose.COMPLIANCE, details=details)


def _filled(filters: TrailFilters) -> dict[str, str]:
    typed = {name: getattr(filters, name) for name in FILTERS}
    return {name: value for name, value in typed.items() if value}


def _page_url(filters: TrailFilters, **more: str) -> str:
    return f"{reverse('audit:trail')}?{urlencode(_filled(filters) | more)}"


def _empty(filters: TrailFilters) -> dict[str, str]:
    if filters.errors:
        return {"title": "Nothing was searched", "detail": "Mend what is marked above and search again."}
    if filters.is_empty:
        return {"title": "Nothing is recorded yet", "detail": "The first page somebody opens will stand here."}
    return {"title": "No event matches", "detail": "Widen the period or clear a filter."}


def _rows(events: list[AuditEvent], zone: ZoneInfo) -> list[TrailRow]:
    callbacks = {
        event.object_id for event in events if event.object_id and event.facts.get("object_kind") == "callback"
    }
    labels = label_records(callbacks)
    return [_row(event, zone, labels) for event in events]


def _row(event: AuditEvent, zone: ZoneInfo, labels: dict[str, str]) -> TrailRow:
    facts: dict[str, Any] = event.facts
    tag = TAGS.get(event.tag)
    outcome, kind = OUTCOMES[Outcome(event.outcome)]
    return TrailRow(
        recorded=event.recorded.astimezone(zone).strftime("%a %d %b %Y, %H:%M:%S"),
        recorded_utc=event.recorded.strftime("%Y-%m-%d %H:%M:%S.%f UTC"),
        # A line is shown whatever it lacks: an odd one is what an officer most wants to see.
        person=facts.get("actor_label", "unknown"),
        role=", ".join(facts.get("actor_roles", [])) or facts.get("actor_kind", ""),
        sentence=tag.sentence if tag else event.tag,
        subject=record_name(facts.get("subject_kind", ""), event.subject_id, labels) if event.subject_id else "",
        subject_id=event.subject_id or "",
        subject_url=_page_url(TrailFilters(subject=event.subject_id)) if event.subject_id else "",
        object=record_name(facts.get("object_kind", ""), event.object_id, labels) if event.object_id else "",
        object_id=event.object_id or "",
        object_url=_page_url(TrailFilters(subject=event.object_id)) if event.object_id else "",
        fields=", ".join(facts.get("fields", [])),
        purpose=", ".join(PURPOSES.get(code, code) for code in facts.get("purpose", [])),
        outcome=facts.get("outcome_code") or outcome,
        outcome_kind=kind,
        address=facts.get("ip", ""),
        request_id=str(event.request_id),
    )
