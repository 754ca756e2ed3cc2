"""Audit's overview, the officer's first page: is the trail whole, is it sealed in time, what waits for an answer."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET

from audit.anchors.standing import Standing, anchor_standings
from audit.events import OVERVIEW_VIEWED, Purpose
from audit.findings import KINDS, Severity, visible_findings
from audit.models import Seal
from audit.policy import audited
from audit.providers import list_duties
from audit.recording import record_event
from audit.sealing.watch import LATE_AFTER, seal_lag
from audit.web.officer import officer_clinics

# Findings of this house that speak about the trail itself.
_ABOUT_THE_TRAIL = "trail:"
ANCHOR_NAMES = {
    "file": gettext_lazy("File on another disk"),
    "syslog": gettext_lazy("Log collector"),
    "bucket": gettext_lazy("Locked object store"),
}


@dataclass(frozen=True)
class AnchorRow:
    """One anchor as the officer reads it; times in the clinic's zone."""

    name: str
    badge_kind: str
    badge_icon: str
    badge_text: str
    detail: str


@audited(OVERVIEW_VIEWED)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What an officer must know before coffee. Reads counts and seals; no event of a person."""
    clinics = officer_clinics(request)
    zone = ZoneInfo(clinics[0].time_zone)
    clinic_ids = [clinic.id for clinic in clinics]
    waiting = visible_findings(clinic_ids).filter(resolved_at__isnull=True)
    kinds = list(waiting.values_list("kind", flat=True))
    lag = seal_lag()
    last = Seal.objects.using("audit_reader").order_by("-n").first()
    record_event(OVERVIEW_VIEWED, purpose=Purpose.COMPLIANCE)
    context = {
        "section": "overview",
        "zone_name": zone.key,
        "is_whole": not any(kind.startswith(_ABOUT_THE_TRAIL) for kind in kinds),
        "is_in_time": lag <= LATE_AFTER,
        "lag_seconds": int(lag.total_seconds()),
        "seal_n": last.n if last else 0,
        "sealed_at": _when(last.stored_at, zone) if last else "",
        "head": str(last) if last else "",
        "alarms": sum(_severity(kind) == Severity.ALARM for kind in kinds),
        "warnings": sum(_severity(kind) == Severity.WARNING for kind in kinds),
        "duties": list_duties(clinic_ids),
        "anchors": [_anchor(standing, zone) for standing in anchor_standings()],
    }
    return render(request, "audit/overview.html", context)


def _severity(kind: str) -> Severity:
    # A kind that was renamed is still an open question.
    return KINDS[kind].severity if kind in KINDS else Severity.WARNING


def _anchor(standing: Standing, zone: ZoneInfo) -> AnchorRow:
    if standing.is_behind:
        badge = ("urgent", "urgent", _("Behind"))
    elif standing.problem:
        badge = ("risk", "warning", _("Tried again soon"))
    else:
        badge = ("ok", "check", _("Up to date")) if standing.kept_at else ("wait", "clock", _("Nothing kept yet"))
    detail = ""
    if standing.kept_at:
        detail = _("Seal %(n)s, %(when)s") % {"n": standing.seal_n, "when": _when(standing.kept_at, zone)}
    return AnchorRow(str(ANCHOR_NAMES[standing.name]), badge[0], badge[1], badge[2], detail)


def _when(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %d %b, %H:%M:%S} ({instant:%H:%M} UTC)"
