"""Audit's report pages: accesses that no work explains, and everybody who saw a caller; each to read or to take along."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from audit.events import REPORT_EXPORTED, REPORT_RUN, TAGS
from audit.policy import audited
from audit.providers import label_records, proof_needed
from audit.reports.accesses import EXPLAINED_WITHIN, Access, accesses, unexplained_accesses
from audit.web.asking import Asked, record_report, take_along, understand
from audit.web.names import record_name

SHOWN = 200
DEFAULT_DAYS = 30
COLUMNS = (
    "person", "roles", "record", "record_id", "subject_id", "first_clinic_time", "last_clinic_time", "time_zone", "first_utc",
    "last_utc", "times", "did", "fields", "explained_by_own_work",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """One report: its address, its words, and whether it needs a caller to be about."""

    name: str
    title: Any
    lead: Any
    ask: Callable[..., list[Access]]
    needs_subject: bool


UNEXPLAINED = Report(
    "unexplained",
    gettext_lazy("Unexplained access"),
    format_lazy(
        "{} {} {}",
        gettext_lazy("Who opened a caller's data without any act of their own on that callback within"),
        int(EXPLAINED_WITHIN.total_seconds() // 60),
        gettext_lazy("minutes. A reason may exist outside the desk: ask before you judge."),
    ),
    unexplained_accesses,
    needs_subject=False,
)
ACCESSES = Report(
    "accesses",
    gettext_lazy("Who saw this caller"),
    gettext_lazy("Everybody who was shown something of one caller: what a caller may ask you for."),
    accesses,
    needs_subject=True,
)


@dataclass(frozen=True)
class AccessRow:
    """One line as the officer reads it; times in the clinic's zone with UTC beside them."""

    person: str
    roles: str
    record: str
    record_url: str
    first: str
    last: str
    utc: str
    count: int
    did: str
    fields: str
    is_explained: bool


@audited(REPORT_RUN)
@require_GET
def unexplained(request: HttpRequest) -> HttpResponse:
    return _page(request, UNEXPLAINED)


@audited(REPORT_EXPORTED)
@require_GET
def export_unexplained(request: HttpRequest) -> HttpResponse:
    return _export(request, UNEXPLAINED)


@audited(REPORT_RUN)
@require_GET
def caller_accesses(request: HttpRequest) -> HttpResponse:
    return _page(request, ACCESSES)


@audited(REPORT_EXPORTED)
@require_GET
def export_caller_accesses(request: HttpRequest) -> HttpResponse:
    return _export(request, ACCESSES)


def _asked(request: HttpRequest, report: Report) -> Asked:
    default_since = None if report.needs_subject else timedelta(days=DEFAULT_DAYS)
    return understand(request, report.name, needs_subject=report.needs_subject, default_since=default_since)


def _page(request: HttpRequest, report: Report) -> HttpResponse:
    """The latest lines; a count beyond them is said, never hidden. Running a report is an event (FHIR 110101)."""
    asked = _asked(request, report)
    found = report.ask(asked.question, limit=SHOWN + 1) if asked.question else []
    shown = found[:SHOWN]
    record_report(REPORT_RUN, asked, rows=len(shown))
    context = {
        "section": report.name,
        "report": report,
        "filters": asked.filters,
        "people": [person.label for person in asked.people],
        "rows": _rows(shown, asked.zone),
        "has_more": len(found) > SHOWN,
        "was_asked": asked.question is not None,
        "page_url": reverse(f"audit:{report.name}"),
        "export_url": asked.export_url,
        "zone_name": asked.zone.key,
    }
    return render(request, "audit/report.html", context)


def _export(request: HttpRequest, report: Report) -> HttpResponse:
    """Every line, zipped with a manifest; only after the officer proved again who they are. An event (FHIR 110106)."""
    asked = _asked(request, report)
    if asked.question is None:
        return _page(request, report)
    if (proof := proof_needed(request)) is not None:
        record_report(REPORT_RUN, asked, rows=0)
        return proof
    return take_along(asked, COLUMNS, _lines(report.ask(asked.question), asked.zone))


def _labels(found: list[Access]) -> dict[str, str]:
    return label_records({access.object_id for access in found if access.object_kind == "callback"})


def _rows(found: list[Access], zone: ZoneInfo) -> list[AccessRow]:
    labels = _labels(found)
    return [
        AccessRow(
            person=access.person,
            roles=access.roles,
            record=record_name(access.object_kind, access.object_id, labels),
            record_url=f"{reverse('audit:trail')}?{urlencode({'subject': access.object_id, 'person': access.person})}",
            first=access.first_at.astimezone(zone).strftime("%a %d %b %Y, %H:%M"),
            last=access.last_at.astimezone(zone).strftime("%H:%M"),
            utc=access.first_at.astimezone(UTC).strftime("%H:%M UTC"),
            count=access.count,
            did=_did(access),
            fields=", ".join(access.fields),
            is_explained=access.is_explained,
        )
        for access in found
    ]


def _lines(found: list[Access], zone: ZoneInfo) -> list[list[str]]:
    labels = _labels(found)
    return [
        [
            access.person, access.roles, record_name(access.object_kind, access.object_id, labels), access.object_id,
            access.subject_id, _local(access.first_at, zone), _local(access.last_at, zone), zone.key,
            access.first_at.astimezone(UTC).isoformat(), access.last_at.astimezone(UTC).isoformat(), str(access.count),
            _did(access), ", ".join(access.fields), "yes" if access.is_explained else "no",
        ]
        for access in found
    ]  # fmt: skip


def _did(access: Access) -> str:
    return ", ".join(TAGS[tag].sentence if tag in TAGS else tag for tag in access.tags)


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(sep=" ", timespec="seconds")
