"""Accounts' page of emergency accesses for the officer: why, what was opened, and whether it was justified."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import proof_needed, requires, signed_in
from accounts.models import EmergencyAccess, EmergencyEnd, EmergencyReason, Verdict
from accounts.models.emergency import WORDS_LENGTH
from accounts.providers import holds_patient_data
from accounts.rights import held_rights
from accounts.roles import READ_TRAIL
from accounts.services.emergency import judge_emergency
from audit.events import EMERGENCIES_LISTED, EMERGENCY_JUDGED, Purpose
from audit.policy import audited
from audit.providers import label_records
from audit.recording import record_event
from audit.reports.emergencies import Opened, Window, opened_in
from lib.errors import ConflictRefusal
from vault.reveal import reveal

PAGE_SIZE = 20
SHORTEST_WORDS = 10
SAY_MORE = gettext_lazy("Say in a few words what you found.")


class VerdictForm(forms.Form):
    """The officer's word, and why."""

    verdict = forms.ChoiceField(
        choices=Verdict.choices,
        error_messages={
            "required": gettext_lazy("Choose whether it was justified."),
            "invalid_choice": gettext_lazy("Choose whether it was justified."),
        },
    )
    findings = forms.CharField(
        min_length=SHORTEST_WORDS,
        max_length=WORDS_LENGTH,
        error_messages={"required": SAY_MORE, "min_length": SAY_MORE},
    )

    def clean_findings(self) -> str:
        words: str = self.cleaned_data["findings"]
        if holds_patient_data(words):
            raise ValidationError(_("Leave out illnesses, medicines, dates of birth, addresses and ids."))
        return words


@dataclass(frozen=True)
class EmergencyRow:
    """One emergency access as the officer reads it; times in the clinic's zone."""

    id: UUID
    person: str
    ref: str
    clinic: str
    badge_kind: str
    badge_icon: str
    badge_text: str
    reason: str
    words: str = field(repr=False)
    period: str
    ended: str
    opened: list[Opened]
    verdict: str
    verdict_words: str = field(repr=False)
    may_judge: bool
    is_own: bool


@audited(EMERGENCIES_LISTED)
@requires(READ_TRAIL)
@require_GET
def emergencies(request: HttpRequest) -> HttpResponse:
    """Those that wait for a verdict first, the newest of them first; the words of those who opened them are read here."""
    user = signed_in(request)
    clinics = held_rights(user).clinics_with(READ_TRAIL)
    found = (
        EmergencyAccess.objects.filter(clinic__in=clinics)
        .select_related("person", "clinic", "reviewed_by")
        .annotate(as_of=Now())
        .order_by(F("reviewed_at").desc(nulls_first=True), "-opened_at")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    boxes = list(page.object_list)
    record_event(EMERGENCIES_LISTED, rows_count=len(boxes), purpose=Purpose.COMPLIANCE)
    context = {
        "section": "emergencies",
        "rows": _rows(boxes, user.pk),
        "page": page,
        "verdicts": Verdict.choices,
        "most_words": WORDS_LENGTH,
        "review_days": settings.EMERGENCY_REVIEW_DAYS,
        "zone_name": clinics[0].time_zone,
    }
    return render(request, "accounts/emergency_reviews.html", context)


@audited(EMERGENCY_JUDGED)
@requires(READ_TRAIL)
@require_POST
def judge(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    """Give the verdict, after proving again who one is. Running, judged meanwhile, or one's own: said so, nothing changed."""
    if proof := proof_needed(request, back=reverse("emergency-reviews:list")):
        messages.info(request, _("Prove who you are, then give your verdict once more."))
        return proof
    user = signed_in(request)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        messages.warning(request, next(str(errors[0]) for errors in form.errors.values()))
        return redirect("emergency-reviews:list")
    clinic_ids = [clinic.pk for clinic in held_rights(user).clinics_with(READ_TRAIL)]
    try:
        judge_emergency(
            emergency_id,
            Verdict(form.cleaned_data["verdict"]),
            form.cleaned_data["findings"],
            acting_user=user,
            clinic_ids=clinic_ids,
        )
    except ConflictRefusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("Your verdict is kept, and the finding is answered."))
    return redirect("emergency-reviews:list")


def _rows(boxes: list[EmergencyAccess], officer_id: UUID) -> list[EmergencyRow]:
    refs = label_records({str(box.callback_id) for box in boxes})
    opened = opened_in([Window(str(box.pk), str(box.person_id), box.opened_at, box.ends_at) for box in boxes])
    return [_row(box, refs, opened.get(str(box.pk), []), officer_id) for box in boxes]


def _row(box: EmergencyAccess, refs: dict[str, str], opened: list[Opened], officer_id: UUID) -> EmergencyRow:
    words, verdict_words = reveal(box, "words", "verdict_words", tag=EMERGENCIES_LISTED)
    zone = box.clinic.zone
    now: datetime = box.as_of  # type: ignore[attr-defined]  # the database's clock when it was asked
    is_running = box.ended_at is None and box.ends_at > now
    badge = _badge(box, now, is_running=is_running)
    is_own = box.person_id == officer_id
    until = box.ended_at or box.ends_at
    return EmergencyRow(
        id=box.pk,
        person=box.person.display_name,
        ref=refs.get(str(box.callback_id), ""),
        clinic=box.clinic.name,
        badge_kind=badge[0],
        badge_icon=badge[1],
        badge_text=badge[2],
        reason=str(EmergencyReason(box.reason).label),
        words=words or "",
        period=_("%(since)s to %(until)s")
        % {
            "since": box.opened_at.astimezone(zone).strftime("%a %d %b %Y, %H:%M"),
            "until": until.astimezone(zone).strftime("%H:%M"),
        },
        ended="" if is_running else str(EmergencyEnd(box.end_cause or EmergencyEnd.TIME).label),
        opened=opened,
        verdict=_verdict(box, zone),
        verdict_words=verdict_words or "",
        may_judge=not (is_running or box.verdict or is_own),
        is_own=is_own and not box.verdict,
    )


def _badge(box: EmergencyAccess, now: datetime, *, is_running: bool) -> tuple[str, str, str]:
    if box.verdict:
        is_justified = box.verdict == Verdict.JUSTIFIED
        return ("ok", "check", _("Justified")) if is_justified else ("urgent", "warning", _("Not justified"))
    if is_running:
        return "urgent", "urgent", _("Open now")
    if box.opened_at <= now - timedelta(days=settings.EMERGENCY_REVIEW_DAYS):
        return "urgent", "clock", _("Review overdue")
    return "risk", "warning", _("To review")


def _verdict(box: EmergencyAccess, zone: ZoneInfo) -> str:
    if box.reviewed_by is None or box.reviewed_at is None:
        return ""
    when = f"{box.reviewed_at.astimezone(zone):%d %b %Y, %H:%M}"
    return _("%(who)s, %(when)s") % {"who": box.reviewed_by.display_name, "when": when}
