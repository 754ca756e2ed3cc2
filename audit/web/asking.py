"""Audit's asking: what an officer's report was asked for, how running it is recorded, and how it is taken along."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from audit.events import REPORT_EXPORTED, Purpose, Tag
from audit.export.table import write_table
from audit.models import Seal
from audit.providers import Clinic, Person, list_people
from audit.recording import record_event
from audit.reports.accesses import Question
from audit.search import TrailFilters, parse_filters
from audit.web.officer import officer_clinics
from lib import clock
from lib.digests import keyed_digest

PARAMETERS = ("person", "subject", "since", "until")


@dataclass(frozen=True)
class Asked:
    """A request understood: whose clinics, which filters, and the question, None when there is nothing to ask yet."""

    report: str
    clinics: list[Clinic]
    people: list[Person]
    zone: ZoneInfo
    filters: TrailFilters
    question: Question | None

    @property
    def parameters(self) -> dict[str, str]:
        return {name: getattr(self.filters, name) for name in PARAMETERS}

    @property
    def export_url(self) -> str:
        """Where these very lines are taken along; "" while there is no question."""
        if self.question is None:
            return ""
        return f"{reverse(f'audit:export-{self.report}')}?{urlencode(self.parameters)}"


def understand(
    request: HttpRequest,
    report: str,
    *,
    needs_subject: bool,
    default_since: timedelta | None,
    names: Sequence[str] = PARAMETERS,
) -> Asked:
    """The question of a request by the officer of at least one clinic; raises PermissionDenied for anybody else.

    Only parameters of these `names` are read. Without any day it reaches back `default_since`, or, where that is None, as far as the trail does.
    """
    clinics = officer_clinics(request)
    clinic_ids = [clinic.id for clinic in clinics]
    zone = ZoneInfo(clinics[0].time_zone)
    people = list_people(clinic_ids)
    values = {name: str(request.GET.get(name, "")) for name in names}
    if default_since is not None and not values["since"] and not values["until"]:
        values["since"] = (clock.now().astimezone(zone) - default_since).date().isoformat()
    filters = parse_filters(values, zone=zone, clinic_ids=clinic_ids, people=people)
    question = None
    if not filters.errors and (filters.subject or not needs_subject):
        question = Question(
            clinic_ids=clinic_ids,
            since=filters.starts_at,
            until=filters.ends_at,
            subject_ids=filters.subject_ids or None,
            actor_ids=[person.id for person in people if person.label == filters.person] if filters.person else None,
        )
    return Asked(report, clinics, people, zone, filters, question)


def record_report(tag: Tag, asked: Asked, *, rows: int, **more: str) -> None:
    """Running a report is an event (FHIR 110101), taking it along another (110106); whom it is about, as a digest."""
    filled = [name for name, value in asked.parameters.items() if value]
    details: dict[str, str | int | list[str]] = {"report": asked.report, "filters": filled, **more}
    if asked.filters.subject:
        details["subject_ref"] = keyed_digest("audit.search", asked.filters.subject)[:32]
    record_event(tag, rows_count=rows, purpose=Purpose.COMPLIANCE, details=details)


def take_along(asked: Asked, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> HttpResponse:
    """Every line, zipped with a manifest that names the chain's head; recorded. Ask for the person's proof before."""
    last = Seal.objects.using("audit_reader").order_by("-n").first()
    name = f"{asked.report}-{clock.now():%Y-%m-%d}"
    table = write_table(
        name,
        columns,
        lines,
        parameters=asked.parameters | {"clinics": ", ".join(clinic.name for clinic in asked.clinics)},
        head=str(last or ""),
        made_at=clock.now(),
    )
    record_report(REPORT_EXPORTED, asked, rows=table.rows, sha256=table.digest)
    response = HttpResponse(table.content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response
