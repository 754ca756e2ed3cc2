"""Audit's findings page: what is not as it must be, and the officer's answer to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from audit.events import FINDING_RESOLVED, FINDINGS_VIEWED, Purpose
from audit.findings import (
    KINDS,
    AlreadyResolvedRefusal,
    AnsweredElsewhereRefusal,
    Severity,
    resolve_finding,
    visible_findings,
)
from audit.models import Finding
from audit.models.finding import Resolution
from audit.policy import audited
from audit.providers import label_records
from audit.recording import record_event
from audit.web.names import record_name
from audit.web.officer import officer_clinics

PAGE_SIZE = 50
MOMENT = "%a %d %b %Y, %H:%M"
# What an officer may say here; the other word is given where it is found out.
BY_HAND = [choice for choice in Resolution.choices if choice[0] != Resolution.REVIEWED]
BADGES = {
    Severity.ALARM: ("urgent", "urgent", gettext_lazy("Alarm")),
    Severity.WARNING: ("risk", "warning", gettext_lazy("Warning")),
}


@dataclass(frozen=True)
class FindingRow:
    """One finding as the officer reads it; times in the clinic's zone."""

    id: UUID
    sentence: str
    advice: str
    badge_kind: str
    badge_icon: str
    badge_text: str
    clinic: str
    about: str
    details: str
    first_seen: str
    last_seen: str
    count: int
    resolution: str
    answer_url: str


@audited(FINDINGS_VIEWED)
@require_GET
def findings(request: HttpRequest) -> HttpResponse:
    """Open findings, alarms first; or, asked for `view=resolved`, the answered ones, latest first."""
    clinics = officer_clinics(request)
    names = {clinic.id: clinic.name for clinic in clinics}
    zone = ZoneInfo(clinics[0].time_zone)
    is_resolved = request.GET.get("view") == "resolved"
    wanted = visible_findings(names).filter(resolved_at__isnull=not is_resolved)
    order = ("-resolved_at", "pk") if is_resolved else ("-last_seen_at", "pk")
    page = Paginator(wanted.order_by(*order), PAGE_SIZE).get_page(request.GET.get("page"))
    found = list(page.object_list)
    record_event(FINDINGS_VIEWED, rows_count=len(found), purpose=Purpose.COMPLIANCE)
    labels = label_records({finding.about_id for finding in found if finding.about_kind == "callback"})
    rows = [_row(finding, names, labels, zone) for finding in found]
    context = {
        "section": "findings",
        "is_resolved": is_resolved,
        "rows": rows if is_resolved else sorted(rows, key=lambda row: row.badge_kind != "urgent"),
        "page": page,
        "resolutions": BY_HAND,
        "zone_name": zone.key,
    }
    return render(request, "audit/findings.html", context)


@audited(FINDING_RESOLVED)
@require_POST
def resolve(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Answer a finding. Answered meanwhile by somebody else: said so, nothing changed."""
    clinics = officer_clinics(request)
    chosen = request.POST.get("resolution", "")
    if chosen not in dict(BY_HAND):
        messages.warning(request, _("Choose how it was resolved, then save."))
        return redirect("audit:findings")
    try:
        resolve_finding(finding_id, Resolution(chosen), clinic_ids=[clinic.id for clinic in clinics])
    except (AlreadyResolvedRefusal, AnsweredElsewhereRefusal) as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Resolved. If it is seen again, it opens anew."))
    return redirect("audit:findings")


def _row(finding: Finding, clinics: dict[UUID, str], labels: dict[str, str], zone: ZoneInfo) -> FindingRow:
    kind = KINDS.get(finding.kind)
    badge = BADGES[kind.severity if kind else Severity.WARNING]
    about = record_name(finding.about_kind, finding.about_id, labels)
    return FindingRow(
        id=finding.pk,
        # A kind that was renamed is still shown: an open question never disappears.
        sentence=kind.sentence if kind else finding.kind,
        advice=kind.advice if kind else "",
        badge_kind=badge[0],
        badge_icon=badge[1],
        badge_text=str(badge[2]),
        clinic=clinics.get(finding.clinic_id, "") if finding.clinic_id else _("The whole house"),
        about=about if finding.about_id else "",
        details=", ".join(f"{name}: {_worded(value, zone)}" for name, value in sorted(finding.details.items())),
        first_seen=finding.first_seen_at.astimezone(zone).strftime("%d %b, %H:%M"),
        last_seen=finding.last_seen_at.astimezone(zone).strftime(MOMENT),
        count=finding.count,
        resolution=_answer(finding, zone),
        answer_url=reverse(kind.answered_on) if kind and kind.answered_on else "",
    )


def _worded(value: object, zone: ZoneInfo) -> str:
    """A detail as people read it; an instant on the clinic's wall."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return instant.astimezone(zone).strftime(MOMENT) if instant.tzinfo else str(value)


def _answer(finding: Finding, zone: ZoneInfo) -> str:
    if finding.resolved_at is None:
        return ""
    return _("%(resolution)s, %(who)s, %(when)s") % {
        "resolution": Resolution(finding.resolution).label,
        "who": finding.resolved_by_label,
        "when": finding.resolved_at.astimezone(zone).strftime("%d %b, %H:%M"),
    }
