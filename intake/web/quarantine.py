"""Intake's quarantine page: what assistants passed on that they should not have, and the officer's answer to it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Count, F, Min, Q, Window
from django.db.models.functions import TruncWeek
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in
from accounts.models import Clinic
from accounts.rights import held_rights
from accounts.roles import READ_TRAIL
from audit.events import QUARANTINE_CLOSED, QUARANTINE_VIEWED, Purpose
from audit.policy import audited
from audit.recording import record_event
from intake.models import Quarantine
from intake.models.quarantine import Closure
from intake.screen import Kind
from intake.services.quarantining import AlreadyClosedRefusal, close_alike, visible_quarantines
from intake.sources.vapi.structured import ALLOWED_KEYS
from lib import clock

MOST_GROUPS = 200
TREND_WEEKS = 8
KINDS = {
    Kind.SSN: gettext_lazy("social security number"),
    Kind.DOB: gettext_lazy("date of birth"),
    Kind.MRN: gettext_lazy("medical record number"),
    Kind.MEMBER_ID: gettext_lazy("member number"),
    Kind.EMAIL: gettext_lazy("e-mail address"),
    Kind.ADDRESS: gettext_lazy("street address"),
    Kind.PHONE: gettext_lazy("telephone number in another field"),
    Kind.DX: gettext_lazy("illness or complaint"),
    Kind.MED: gettext_lazy("medicine"),
    Kind.LONG_NUMBER: gettext_lazy("long number"),
    Kind.LONG_TEXT: gettext_lazy("too long to be screened"),
}


@dataclass(frozen=True)
class GroupRow:
    """Records alike: same line, keys and kinds, and same answer where they have one. Times in the clinic's zone."""

    id: UUID
    line: str
    clinic: str
    keys: str
    kinds: str
    count: int
    first_seen: str
    last_seen: str
    callback: str
    answer: str


@audited(QUARANTINE_VIEWED)
@requires(READ_TRAIL)
@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    """What is open, latest first, like with like; or, asked for `view=closed`, what was answered."""
    clinics = {clinic.pk: clinic for clinic in _officer_clinics(request)}
    zone = next(iter(clinics.values())).zone
    is_closed = request.GET.get("view") == "closed"
    found = _groups(clinics, is_closed=is_closed)
    record_event(QUARANTINE_VIEWED, rows_count=len(found), purpose=Purpose.COMPLIANCE)
    context = {
        "section": "quarantine",
        "is_closed": is_closed,
        "rows": [_row(group, zone) for group in found],
        "weeks": _trend(clinics, clock.now().astimezone(zone), zone),
        "by_kind": _by_kind(clinics),
        "closures": Closure.choices,
        "zone_name": zone.key,
    }
    return render(request, "intake/quarantine.html", context)


@audited(QUARANTINE_CLOSED)
@requires(READ_TRAIL)
@require_POST
def close(request: HttpRequest, quarantine_id: UUID) -> HttpResponse:
    """Close a record and those alike. Closed meanwhile by somebody else: said so, nothing changed."""
    chosen = request.POST.get("closure", "")
    if chosen not in Closure.values:
        messages.warning(request, _("Choose how it was answered, then save."))
        return redirect("quarantine:list")
    clinic_ids = [clinic.pk for clinic in _officer_clinics(request)]
    try:
        count = close_alike(quarantine_id, Closure(chosen), acting_user=signed_in(request), clinic_ids=clinic_ids)
    except AlreadyClosedRefusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, ngettext("%(n)s report closed.", "%(n)s reports closed.", count) % {"n": count})
    return redirect("quarantine:list")


def _officer_clinics(request: HttpRequest) -> list[Clinic]:
    return held_rights(signed_in(request)).clinics_with(READ_TRAIL)


def _groups(clinic_ids: Collection[UUID], *, is_closed: bool) -> list[Any]:
    """The latest record of each group, with the group's size and beginning."""
    alike = ["delivery__line_id", "keys", "kinds", *(["closed_at"] if is_closed else [])]
    rows = (
        visible_quarantines(clinic_ids)
        .filter(closed_at__isnull=not is_closed)
        .select_related("delivery__line__clinic", "delivery__callback", "closed_by")
        .annotate(
            alike=Window(Count("pk"), partition_by=[F(name) for name in alike]),
            first_at=Window(Min("opened_at"), partition_by=[F(name) for name in alike]),
        )
        .order_by(*alike, "-opened_at", "-pk")
        .distinct(*alike)
    )
    newest_first = sorted(rows, key=lambda row: row.closed_at or row.opened_at, reverse=True)
    return newest_first[:MOST_GROUPS]


def _trend(clinic_ids: Collection[UUID], now: datetime, zone: ZoneInfo) -> list[dict[str, str | int]]:
    """How many came in each of the last weeks, the current one last; weeks begin on Monday in the clinic's zone."""
    this_week = (now - timedelta(days=now.weekday())).date()
    starts = [this_week - timedelta(weeks=back) for back in reversed(range(TREND_WEEKS))]
    counted = dict(
        visible_quarantines(clinic_ids)
        .filter(opened_at__gte=now - timedelta(weeks=TREND_WEEKS))
        .annotate(week=TruncWeek("opened_at", tzinfo=zone))
        .values_list("week")
        .annotate(Count("pk"))
    )
    by_start = {week.date(): count for week, count in counted.items()}
    most = max(by_start.values(), default=0)
    return [
        {"label": start.strftime("%-d %b"), "count": by_start.get(start, 0), "most": max(most, 1)} for start in starts
    ]


def _by_kind(clinic_ids: Collection[UUID]) -> list[dict[str, str | int]]:
    """How many open records have each kind, and how many had answers nobody asked for; what does not occur is left out."""
    wanted = visible_quarantines(clinic_ids).filter(closed_at__isnull=True)
    of_kind = {kind.name: Count("pk", filter=Q(kinds__contains=[kind.value])) for kind in Kind}
    counts = wanted.aggregate(**of_kind, unasked=Count("pk", filter=~Q(keys__contained_by=list(ALLOWED_KEYS))))
    labels = {kind.name: str(KINDS[kind]) for kind in Kind} | {"unasked": _("answers nobody asked for")}
    found = [{"label": label, "count": counts[name]} for name, label in labels.items() if counts[name]]
    return sorted(found, key=lambda entry: -entry["count"])


def _row(group: Quarantine, zone: ZoneInfo) -> GroupRow:
    callback = group.delivery.callback
    opened_at, first_at = group.opened_at.astimezone(zone), group.first_at.astimezone(zone)  # type: ignore[attr-defined]
    return GroupRow(
        id=group.pk,
        line=group.delivery.line.name,
        clinic=group.delivery.line.clinic.name,
        keys=", ".join(group.keys),
        kinds=", ".join(str(KINDS[Kind(kind)]) for kind in group.kinds),
        count=group.alike,  # type: ignore[attr-defined]  # annotated by the query
        first_seen=first_at.strftime("%d %b, %H:%M"),
        last_seen=opened_at.strftime("%a %d %b %Y, %H:%M"),
        callback=callback.ref if callback is not None else "",
        answer=_answer(group, zone),
    )


def _answer(group: Quarantine, zone: ZoneInfo) -> str:
    if group.closed_at is None or group.closed_by is None:
        return ""
    return _("%(closure)s, %(who)s, %(when)s") % {
        "closure": Closure(group.closure).label,
        "who": group.closed_by.username,
        "when": group.closed_at.astimezone(zone).strftime("%d %b, %H:%M"),
    }
