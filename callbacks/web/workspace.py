"""Callbacks' workspace pages: one callback, claimed, revealed, called and wrapped up."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in
from accounts.roles import WORK_CALLBACKS
from audit.events import (
    ATTEMPT_RECORDED,
    CALLBACK_CLAIMED,
    CALLBACK_RELEASED,
    CALLBACK_REVIEWED,
    CALLBACK_VIEWED,
    NUMBER_REVEALED,
)
from audit.policy import audited, not_audited
from callbacks.access import access_callback, check_callback_access
from callbacks.models import Callback
from callbacks.queries.workspace import Workspace, build_workspace
from callbacks.services.attempts import record_attempt
from callbacks.services.claiming import claim_callback, extend_claim, release_callback
from callbacks.services.refusals import HoldingAnotherRefusal
from callbacks.services.reviewing import ReviewDecision, finish_review
from callbacks.states import Status
from callbacks.web.forms import NOTE_LENGTH, OutcomeForm, ReviewForm
from lib import clock
from lib.errors import ConflictRefusal, Refusal


@audited(CALLBACK_VIEWED)
@requires(WORK_CALLBACKS)
@require_GET
def workspace(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The callback's page. The number stays masked until the holder asks for it."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    return _page(request, build_workspace(callback, user=user, now=clock.now()))


@audited(CALLBACK_CLAIMED)
@requires(WORK_CALLBACKS)
@require_POST
def claim(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the callback. Somebody was faster: its page, with the sentence that says so."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    try:
        claim_callback(callback, acting_user=user)
    except HoldingAnotherRefusal as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("callbacks:workspace", public_id=refusal.held.pk)
    except ConflictRefusal as refusal:
        messages.warning(request, refusal.sentence)
    return redirect("callbacks:workspace", public_id=public_id)


@audited(CALLBACK_RELEASED)
@requires(WORK_CALLBACKS)
@require_POST
def release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the callback back. Not mine any more: nothing to give back, and that is said."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    try:
        release_callback(callback, acting_user=user)
        messages.success(request, _("%(ref)s is back in the queue.") % {"ref": callback.ref})
    except ConflictRefusal as refusal:
        messages.warning(request, refusal.sentence)
    return redirect("callbacks:queue")


@audited(NUMBER_REVEALED)
@requires(WORK_CALLBACKS)
@require_POST
def reveal_number(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the number to whoever holds the callback, recorded as an act of its own."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    now = clock.now()
    work = build_workspace(callback, user=user, now=now, with_number=True)
    if not work.held_by_me:
        return _refused(request, callback, _("Claim this callback first; then its number can be shown."), status=409)
    if request.headers.get("HX-Request") == "true":
        return render(request, "callbacks/_number.html", {"work": work})
    return _page(request, work)


@not_audited("Keeps a claim alive; shows nothing and changes nobody's rights. Claim and release are recorded.")
@requires(WORK_CALLBACKS)
@require_POST
def heartbeat(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Extend the claim; `seconds` left. 409 when it is lost."""
    user = signed_in(request)
    check_callback_access(user=user, public_id=public_id)
    until = extend_claim(public_id, acting_user=user)
    return JsonResponse({"seconds": int((until - clock.now()).total_seconds())})


@audited(ATTEMPT_RECORDED)
@requires(WORK_CALLBACKS)
@require_POST
def record_outcome(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Save how the call ended. A refusal keeps the page, the choice and the typed note."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    form = OutcomeForm(request.POST, clinic=callback.clinic)
    if not form.is_valid():
        return _refused(request, callback, form.first_sentence, status=422)
    try:
        recorded = record_attempt(callback, form.draft(), acting_user=user)
    except Refusal as refusal:
        return _refused(request, callback, refusal.sentence, status=refusal.status)
    messages.success(request, f"{callback.ref}: {recorded.sentence}")
    return redirect("callbacks:queue")


@audited(CALLBACK_REVIEWED)
@requires(WORK_CALLBACKS)
@require_POST
def review(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Finish the review: call after all (and stay on the page), or close."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _refused(request, callback, form.first_sentence, status=422)
    decision = ReviewDecision(form.cleaned_data["decision"])
    try:
        done = finish_review(callback, decision, version=form.cleaned_data["version"], acting_user=user)
    except Refusal as refusal:
        return _refused(request, callback, refusal.sentence, status=refusal.status)
    if done.status == Status.CLOSED:
        messages.success(request, _("%(ref)s is closed.") % {"ref": done.ref})
        return redirect("callbacks:queue")
    return redirect("callbacks:workspace", public_id=public_id)


def _page(request: HttpRequest, work: Workspace, *, status: int = 200) -> HttpResponse:
    return render(request, "callbacks/workspace.html", {"work": work, "section": "queue"}, status=status)


def _refused(request: HttpRequest, callback: Callback, sentence: str, *, status: int) -> HttpResponse:
    """The page as it is now, with what the person typed and the sentence that says why nothing was saved."""
    user = signed_in(request)
    # Read anew: the refusal usually means that somebody changed it.
    current = Callback.objects.select_related("clinic", "claimed_by", "last_attempt_by").get(pk=callback.pk)
    work = build_workspace(current, user=user, now=clock.now())
    typed = replace(
        work,
        error=sentence,
        note=str(request.POST.get("note", ""))[:NOTE_LENGTH],
        chosen=str(request.POST.get("outcome", "")),
        agreed_at=str(request.POST.get("agreed_at", ""))[:16],
    )
    return _page(request, typed, status=status)
