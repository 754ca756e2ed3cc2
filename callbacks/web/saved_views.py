"""Callbacks' saved views: keep the look at the queue that is open, and forget one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.roles import VIEW_QUEUE
from audit.events import VIEW_REMOVED, VIEW_SAVED
from audit.policy import audited
from callbacks.queries.filters import QueueFilter
from callbacks.queries.queue import QueueView
from callbacks.queries.saved_views import queue_url
from callbacks.services.view_saving import TooManyViewsRefusal, ViewDraft, ViewRefusal, remove_view, save_view


@audited(VIEW_SAVED)
@requires(VIEW_QUEUE)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the tab and the filter of the form under a label, and show it."""
    clinic, user = working_clinic(request, VIEW_QUEUE), signed_in(request)
    tab, words = QueueView.of(request.POST.get("view", "")), QueueFilter.of(request.POST.dict())
    draft = ViewDraft(request.POST.get("label", "")[:200], tab, words, "shared" in request.POST)
    try:
        save_view(clinic, draft, acting_user=user)
    except (ViewRefusal, TooManyViewsRefusal) as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, _("The view is saved."))
    return redirect(queue_url(tab, words))


@audited(VIEW_REMOVED)
@requires(VIEW_QUEUE)
@require_POST
def remove(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Forget a view; the queue stays as it is."""
    remove_view(view_id, acting_user=signed_in(request))
    messages.success(request, _("The view is removed."))
    return redirect("callbacks:queue")
