"""Intake's call-quality page: for supervisors, how calls went in their clinic; nothing of a caller."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET

from accounts.guards import requires, working_clinic
from accounts.models import Clinic
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALL_QUALITY_VIEWED
from audit.policy import audited
from audit.recording import record_event
from callbacks.scheduling.wording import day_and_clock
from intake.models import CallQuality
from intake.quality.barge_in import SLOW
from intake.queries.quality import BUCKET_MS, HIGHEST_EDGE_MS, Figures, callbacks_of, figures, poor_calls
from intake.sources.vapi import EndedReasonGroup
from intake.web.plots import Plot, plot_counts
from lib import clock

PERIODS = (7, 28, 90)
MOST_POOR = 20
SLOW_MS = SLOW // timedelta(milliseconds=1)
ENDED = {
    EndedReasonGroup.CALLER_ENDED: gettext_lazy("The caller hung up"),
    EndedReasonGroup.ASSISTANT_ENDED: gettext_lazy("The assistant said goodbye"),
    EndedReasonGroup.TRANSFERRED: gettext_lazy("Put through to staff"),
    EndedReasonGroup.SILENCE: gettext_lazy("Silence"),
    EndedReasonGroup.RECOGNITION: gettext_lazy("The caller was not understood"),
    EndedReasonGroup.ERROR: gettext_lazy("Another failure"),
    EndedReasonGroup.NEVER_CONNECTED: gettext_lazy("Never connected"),
    EndedReasonGroup.VOICEMAIL: gettext_lazy("Voicemail"),
    EndedReasonGroup.UNKNOWN: gettext_lazy("Not said"),
}


@dataclass(frozen=True, slots=True)
class PoorRow:
    """One call on a poor line; `callback_id` where it became a callback."""

    began: str
    interruptions: int
    median_ms: int
    slowest_ms: int
    callback_id: UUID | None
    ref: str


@audited(CALL_QUALITY_VIEWED)
@requires(SUPERVISE_CALLBACKS)
@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Calls of the last 7, 28 or 90 days (`days`): how soon interruptions were noticed, how calls ended, poor lines."""
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    chosen = request.GET.get("days", "")
    days = int(chosen) if chosen in {str(known) for known in PERIODS} else PERIODS[1]
    now = clock.now()
    since = now - timedelta(days=days)
    found = figures(clinic.pk, since=since, until=now)
    poor = poor_calls(clinic.pk, since=since, until=now, at_most=MOST_POOR)
    record_event(CALL_QUALITY_VIEWED, clinic_id=clinic.pk, rows_count=found.calls)
    context = {
        "section": "calls",
        "days": days,
        "periods": PERIODS,
        "clinic": clinic,
        "found": found,
        "ended_calls": sum(found.ended.values()),
        "noticed": _noticed(found),
        "ended": _ended(found),
        "poor": _poor_rows(poor, clinic),
        "slow_ms": SLOW_MS,
    }
    return render(request, "intake/calls.html", context)


def _noticed(found: Figures) -> Plot:
    """Calls by how soon their interruptions were noticed; those beyond the threshold are marked."""
    edges = range(0, HIGHEST_EDGE_MS + 1, BUCKET_MS)
    return plot_counts([(_span(edge), found.noticed.get(edge, 0), edge >= SLOW_MS) for edge in edges])


def _span(edge: int) -> str:
    if edge == HIGHEST_EDGE_MS:
        return _("%(ms)s or more") % {"ms": edge}
    return f"{edge}-{edge + BUCKET_MS - 1}"


def _ended(found: Figures) -> list[dict[str, str | int]]:
    """How calls ended, the usual way first; what did not occur is left out."""
    whole = sum(found.ended.values()) or 1
    rows = [(str(label), found.ended.get(group.value, 0)) for group, label in ENDED.items()]
    return [
        {"label": label, "count": count, "percent": round(100 * count / whole)}
        for label, count in sorted(rows, key=lambda row: -row[1])
        if count
    ]


def _poor_rows(calls: list[CallQuality], clinic: Clinic) -> list[PoorRow]:
    behind, now, rows = callbacks_of(calls), clock.now(), []
    for call in calls:
        callback = behind.get((call.line_id, call.call_id))
        rows.append(
            PoorRow(
                # A poor line has measured interruptions, so it has these.
                began=day_and_clock(call.began_at, now, clinic.zone) if call.began_at else "",
                interruptions=call.interruptions,
                median_ms=call.median_ms or 0,
                slowest_ms=call.slowest_ms or 0,
                callback_id=callback.pk if callback else None,
                ref=callback.ref if callback else "",
            )
        )
    return rows
