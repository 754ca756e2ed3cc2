"""Accounts' pages of access reviews: every role of a clinic on one sheet, kept or revoked line by line, and signed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import proof_needed, requires, signed_in, working_clinic
from accounts.models import AccessReview, AccessReviewLine, LineDecision, Role
from accounts.rights import held_rights
from accounts.roles import READ_TRAIL
from accounts.services.access_reviews import access_review, decide_line, sign_review, start_review
from audit.events import (
    ACCESS_REVIEW_DECIDED,
    ACCESS_REVIEW_SIGNED,
    ACCESS_REVIEW_STARTED,
    ACCESS_REVIEW_VIEWED,
    Purpose,
)
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject
from lib import clock
from lib.errors import Refusal

DAY, MOMENT = "%d %b %Y", "%d %b %Y, %H:%M"
PAST_SHOWN = 24
DECIDED = {LineDecision.KEEP: gettext_lazy("Kept"), LineDecision.REVOKE: gettext_lazy("Revoked")}


@dataclass(frozen=True)
class LineRow:
    """One line of the sheet; times in the clinic's zone."""

    id: UUID
    person: str
    username: str
    role: str
    since: str
    signed_in: str
    reveals: int
    has_factor: bool
    decision: str
    decision_text: str
    is_own: bool


@audited(ACCESS_REVIEW_VIEWED)
@requires(READ_TRAIL)
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """The clinic's reviews, latest first, and when the next one is due."""
    clinic = working_clinic(request, READ_TRAIL)
    rows = list(
        AccessReview.objects.filter(clinic=clinic)
        .select_related("started_by", "signed_by")
        .order_by("-started_at")[:PAST_SHOWN]
    )
    record_event(ACCESS_REVIEW_VIEWED, clinic_id=clinic.pk, rows_count=len(rows), purpose=Purpose.COMPLIANCE)
    last = next((row for row in rows if row.signed_at is not None), None)
    due = next_due(last)
    context = {
        "section": "access-reviews",
        "clinic": clinic,
        "open_review": next((row for row in rows if row.signed_at is None), None),
        "signed": [
            {
                "id": row.pk,
                "when": row.signed_at.astimezone(clinic.zone).strftime(DAY),
                "who": row.signed_by.display_name,
            }
            for row in rows
            if row.signed_at is not None and row.signed_by is not None
        ],
        "due_on": due.astimezone(clinic.zone).strftime(DAY) if due else "",
        "is_overdue": due is None or due <= clock.now(),
    }
    return render(request, "accounts/access_reviews.html", context)


def next_due(last: AccessReview | None) -> datetime | None:
    """When the next review is due: so many days after the last signature; None before the first."""
    if last is None or last.signed_at is None:
        return None
    return last.signed_at + timedelta(days=settings.ACCESS_REVIEW_DAYS)


@audited(ACCESS_REVIEW_STARTED)
@requires(READ_TRAIL)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a review of the clinic one looks at."""
    clinic = working_clinic(request, READ_TRAIL)
    try:
        review = start_review(clinic, acting_user=signed_in(request))
    except Refusal as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("access-reviews:list")
    return redirect("access-reviews:sheet", review_id=review.pk)


@audited(ACCESS_REVIEW_VIEWED)
@requires(READ_TRAIL)
@require_GET
def sheet(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The sheet, to decide or, signed, to read and print."""
    user = signed_in(request)
    review = access_review(review_id, clinic_ids=_clinic_ids(request))
    zone = review.clinic.zone
    lines = [_row(line, zone, user.pk) for line in review.lines.all()]
    record_event(
        ACCESS_REVIEW_VIEWED,
        obj=Subject("access-review", str(review.pk)),
        clinic_id=review.clinic_id,
        rows_count=len(lines),
        purpose=Purpose.COMPLIANCE,
    )
    context = {
        "section": "access-reviews",
        "review": review,
        "lines": lines,
        "undecided": sum(not line.decision for line in lines),
        "started": review.started_at.astimezone(zone).strftime(MOMENT),
        "signed": review.signed_at.astimezone(zone).strftime(MOMENT) if review.signed_at else "",
        "zone_name": zone.key,
    }
    return render(request, "accounts/access_review.html", context)


@audited(ACCESS_REVIEW_DECIDED)
@requires(READ_TRAIL)
@require_POST
def decide(request: HttpRequest, review_line_id: UUID) -> HttpResponse:
    """Keep a role or revoke it; revoking takes a proof of who one is, like every change of roles."""
    chosen = str(request.POST.get("line_decision", ""))
    if chosen not in LineDecision.values:
        messages.warning(request, _("Choose whether the role is kept or revoked."))
        return redirect("access-reviews:list")
    if chosen == LineDecision.REVOKE and (proof := proof_needed(request, back=reverse("access-reviews:list"))):
        return proof
    try:
        line = decide_line(
            review_line_id, LineDecision(chosen), acting_user=signed_in(request), clinic_ids=_clinic_ids(request)
        )
    except Refusal as refusal:
        if refusal.status not in {409, 422}:
            raise
        messages.warning(request, refusal.sentence)
        return redirect("access-reviews:list")
    return redirect(f"{reverse('access-reviews:sheet', args=[line.review_id])}#line-{line.pk}")


@audited(ACCESS_REVIEW_SIGNED)
@requires(READ_TRAIL)
@require_POST
def sign(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Sign the sheet, after proving again who one is."""
    here = reverse("access-reviews:sheet", args=[review_id])
    if proof := proof_needed(request, back=here):
        return proof
    try:
        sign_review(review_id, acting_user=signed_in(request), clinic_ids=_clinic_ids(request))
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Signed. Nothing of this review changes any more."))
    return redirect(here)


def _clinic_ids(request: HttpRequest) -> list[UUID]:
    clinics = held_rights(signed_in(request)).clinics_with(READ_TRAIL)
    if not clinics:
        raise PermissionDenied
    return [clinic.pk for clinic in clinics]


def _row(line: AccessReviewLine, zone: ZoneInfo, officer_id: UUID) -> LineRow:
    return LineRow(
        id=line.pk,
        person=line.display_name,
        username=line.username,
        role=str(Role(line.role).label),
        since=line.since.astimezone(zone).strftime(DAY),
        signed_in=line.signed_in_at.astimezone(zone).strftime(DAY) if line.signed_in_at else _("never"),
        reveals=line.reveals,
        has_factor=line.has_factor,
        decision=line.decision,
        decision_text=str(DECIDED[LineDecision(line.decision)]) if line.decision else "",
        is_own=line.person_id == officer_id,
    )
