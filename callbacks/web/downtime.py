"""Callbacks' downtime page: the day's callers on paper, for a desk whose computers are about to be away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.guards import proved_recently, requires, signed_in, working_clinic
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import DOWNTIME_SHEET_PRINTED, PAGE_VIEWED
from audit.policy import audited
from audit.recording import record_event
from callbacks.queries.downtime import AHEAD, MOST_ROWS, downtime_callbacks
from callbacks.services.printing import print_downtime_sheet
from callbacks.web.act_forms import WORDS_LENGTH, ReasonOnlyForm
from callbacks.web.answering import SHOWN_ON_THE_PAGE
from lib import clock
from lib.errors import Refusal


@audited(DOWNTIME_SHEET_PRINTED)
@requires(SUPERVISE_CALLBACKS)
@proved_recently
@require_http_methods(["GET", "POST"])
def downtime(request: HttpRequest) -> HttpResponse:
    """Asks why, then shows the sheet once; nothing of a caller stands here before. 409 where nobody waits, 422 without
    a reason.
    """
    user, clinic = signed_in(request), working_clinic(request, SUPERVISE_CALLBACKS)
    if request.method == "GET":
        record_event(PAGE_VIEWED, clinic_id=clinic.pk)
        return _asking(request)
    form = ReasonOnlyForm(request.POST)
    if not form.is_valid():
        return _asking(request, error=form.first_sentence, status=422)
    try:
        printed, sheet = print_downtime_sheet(clinic, reason=form.cleaned_data["reason"], acting_user=user)
    except Refusal as refusal:
        if refusal.status not in SHOWN_ON_THE_PAGE:
            raise
        return _asking(request, error=refusal.sentence, status=refusal.status)
    made_at = printed.printed_at.astimezone(clinic.zone).strftime("%-d %b %Y, %H:%M")
    context = {
        "section": "downtime",
        "sheet": sheet,
        "clinic": clinic,
        "person": user.display_name,
        "made_at": made_at,
    }
    return render(request, "callbacks/downtime_sheet.html", context)


def _asking(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    waiting = downtime_callbacks(clinic, clock.now())[: MOST_ROWS + 1].count()
    context = {
        "section": "downtime",
        "waiting": min(waiting, MOST_ROWS),
        "has_more": waiting > MOST_ROWS,
        "hours": int(AHEAD.total_seconds() // 3600),
        "reason": str(request.POST.get("reason", ""))[:WORDS_LENGTH],
        "error": error,
    }
    return render(request, "callbacks/downtime.html", context, status=status)
