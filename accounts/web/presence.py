"""Accounts' answers to the page's own questions: when does this desk lock, somebody is here, lock it now."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import without_activity
from accounts.sessions import lock, seconds_to_lock
from audit.events import SESSION_LOCKED
from audit.policy import audited, not_audited


@not_audited("Says in how many seconds this desk locks; shows nothing and changes nothing.")
@without_activity
@require_GET
def until_lock(request: HttpRequest) -> JsonResponse:
    """`seconds` left. A desk that is locked already, or over, leads away instead, which a script takes as "lock"."""
    return JsonResponse({"seconds": seconds_to_lock(request)})


@not_audited("Notes that somebody typed or moved at this desk; shows nothing and changes nobody's rights.")
@require_POST
def somebody_here(request: HttpRequest) -> JsonResponse:
    """Sent by the page after real keys or clicks; being asked is the activity (accounts.middleware)."""
    return JsonResponse({"seconds": seconds_to_lock(request)})


@audited(SESSION_LOCKED)
@require_POST
def lock_now(request: HttpRequest) -> HttpResponse:
    """Lock the desk. 204 where a script asked: it covers the page by itself."""
    lock(request)
    if "text/html" not in request.headers.get("Accept", ""):
        return HttpResponse(status=204)
    return redirect("accounts:locked")
