"""Callbacks' queue pages: the list, its pulse, and "call next"."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, without_activity, working_clinic
from accounts.roles import VIEW_QUEUE, WORK_CALLBACKS
from audit.events import CALLBACK_CLAIMED, QUEUE_VIEWED
from audit.policy import audited, not_audited
from audit.recording import record_event
from callbacks.queries.counts import queue_changes, queue_counts, queue_version
from callbacks.queries.filters import QueueFilter
from callbacks.queries.queue import QueueView, queue_page
from callbacks.queries.saved_views import queue_url, views_bar
from callbacks.services.claiming import claim_next
from callbacks.services.refusals import HoldingAnotherRefusal
from callbacks.web.offers import bulk_offer, offer_undo, unfinished_calls
from callbacks.web.words import capped, empty_queue, headline, tabs
from lib import clock


@audited(QUEUE_VIEWED)
@requires(VIEW_QUEUE)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """One page of the queue in calling order. One event for the list, one per caller whose name is shown."""
    user, clinic, now = signed_in(request), working_clinic(request, VIEW_QUEUE), clock.now()
    view = QueueView.of(request.GET.get("view", ""))
    version = queue_version(clinic)
    counts = queue_counts(clinic, user=user, now=now)
    words = QueueFilter.of(request.GET.dict())
    page = queue_page(clinic, view=view, user=user, now=now, after=request.GET.get("after", ""), only=words.condition)
    record_event(QUEUE_VIEWED, clinic_id=clinic.pk, rows_count=len(page.rows), details={"view": view.value})
    context = {
        **headline(counts),
        "tabs": tabs(counts, current=view),
        "views": views_bar(clinic, user, view, words),
        "section": view.value if view in {QueueView.MINE, QueueView.REVIEW, QueueView.CLINICAL} else "queue",
        "rows": page.rows,
        "next_page_url": queue_url(view, words, after=page.cursor) if page.cursor else "",
        "empty": None if page.rows else empty_queue(clinic, view, counts, now, is_filtered=bool(words.words)),
        "undo": offer_undo(user, now),
        "unfinished": unfinished_calls(user, now),
        "bulk": bulk_offer(user, clinic) if view is not QueueView.CLOSED else None,
        "may_claim": user.has_perm(WORK_CALLBACKS, clinic),
        "pulse_url": f"{reverse('callbacks:pulse')}?{urlencode({'seen': version, 'view': view.value})}",
        "version": version,
        "waiting_count": capped(counts.waiting_for_a_call),
    }
    return render(request, "callbacks/queue.html", context)


@not_audited("Answers only whether the queue changed since a version: a number, nothing of a person.")
@without_activity
@requires(VIEW_QUEUE)
@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """204 while nothing changed, else how many callbacks did; polls must not fill the trail, so they show no data."""
    clinic = working_clinic(request, VIEW_QUEUE)
    changes = queue_changes(clinic, since=request.GET.get("seen", ""))
    if changes == 0:
        return HttpResponse(status=204)
    return render(request, "callbacks/_pulse.html", {"changes": changes})


@audited(CALLBACK_CLAIMED)
@requires(WORK_CALLBACKS)
@require_POST
def call_next(request: HttpRequest) -> HttpResponse:
    """Deal the next caller and open the workspace; or say why there is none."""
    user, clinic = signed_in(request), working_clinic(request, WORK_CALLBACKS)
    try:
        callback = claim_next(clinic, acting_user=user)
    except HoldingAnotherRefusal as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("callbacks:workspace", public_id=refusal.held.pk)
    if callback is None:
        messages.info(request, _("Nobody can be called right now. The list below says who waits for what."))
        return redirect("callbacks:queue")
    return redirect("callbacks:workspace", public_id=callback.pk)
