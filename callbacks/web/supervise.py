"""Callbacks' supervision page: what waits, who holds what, and whether today's promises can be kept."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.guards import requires, signed_in, working_clinic
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import SUPERVISION_VIEWED
from audit.policy import audited
from audit.recording import record_event
from callbacks.queries.counts import queue_version
from callbacks.queries.queue import QueueView
from callbacks.queries.supervision import Supervision, supervision
from callbacks.web.words import capped
from lib import clock


@audited(SUPERVISION_VIEWED)
@requires(SUPERVISE_CALLBACKS)
@require_GET
def supervise(request: HttpRequest) -> HttpResponse:
    """The clinic one supervises, now; nothing of a caller but references."""
    user, clinic, now = signed_in(request), working_clinic(request, SUPERVISE_CALLBACKS), clock.now()
    version = queue_version(clinic)
    found = supervision(clinic, user=user, now=now)
    record_event(SUPERVISION_VIEWED, clinic_id=clinic.pk, rows_count=len(found.holders))
    context = {
        "section": "supervise",
        "tiles": _tiles(found),
        "holders": found.holders,
        "forecast": found.forecast,
        "zone_name": clinic.time_zone,
        "pulse_url": f"{reverse('callbacks:pulse')}?{urlencode({'seen': version})}",
    }
    return render(request, "callbacks/supervise.html", context)


def _tiles(found: Supervision) -> list[tuple[str, str, str]]:
    """Each tile as label, figure and where it leads."""
    counts, queue = found.counts, reverse("callbacks:queue")
    review = f"{queue}?view={QueueView.REVIEW}"
    return [
        (_("Ready to call"), capped(found.ready), queue),
        (_("Due within the hour"), capped(counts.due_within_an_hour), queue),
        (_("Overdue"), capped(counts.overdue), queue),
        (_("Oldest urgent call"), found.urgent_oldest or _("none"), queue),
        (_("Promise cannot be kept"), capped(counts.unkeepable), queue),
        (_("In progress"), capped(len(found.holders)), "#holders"),
        (_("Needs review"), capped(counts.review), review),
        (_("Refused by a CRM"), capped(found.dead_letters), reverse("callbacks:crm")),
    ]
