"""Callbacks' workspace pages: one callback, claimed, revealed, called and wrapped up."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import keeps_when_locked, requires, signed_in, without_activity
from accounts.models import User
from accounts.roles import WORK_CALLBACKS
from accounts.sessions import note_live_call
from audit.events import (
    ATTEMPT_RECORDED,
    CALLBACK_CLAIMED,
    CALLBACK_DIALLED,
    CALLBACK_RELEASED,
    CALLBACK_REVIEWED,
    CALLBACK_VIEWED,
    NUMBER_REVEALED,
)
from audit.policy import audited, not_audited
from callbacks.access import CALLBACK_ROWS, access_callback, check_callback_access
from callbacks.models import Callback
from callbacks.queries.notices import news_for
from callbacks.queries.workspace import Workspace, build_workspace
from callbacks.services.attempts import record_attempt
from callbacks.services.claiming import claim_callback, extend_claim, release_callback
from callbacks.services.dialing import start_dial
from callbacks.services.drafting import keep_draft
from callbacks.services.refusals import ClaimLostRefusal, HoldingAnotherRefusal
from callbacks.services.reviewing import finish_review
from callbacks.states import Status
from callbacks.web.answering import SHOWN_ON_THE_PAGE, show_refusal, show_workspace
from callbacks.web.forms import NOTE_LENGTH, OutcomeForm, ReviewForm
from lib import clock
from lib.errors import ConflictRefusal, NotFoundRefusal, Refusal


@audited(CALLBACK_VIEWED)
@requires(WORK_CALLBACKS)
@require_GET
def workspace(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The callback's page. The number stays masked until the holder asks for it."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    return show_workspace(request, build_workspace(callback, user=user, now=clock.now()))


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
    work = build_workspace(callback, user=user, now=clock.now(), with_number=True)
    if not work.held_by_me:
        refusal = ClaimLostRefusal(_("Claim this callback first; then its number can be shown."))
        return _refuse_number(request, callback, refusal)
    return _number(request, work)


@audited(CALLBACK_DIALLED)
@requires(WORK_CALLBACKS)
@require_POST
def dial(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note the dial, look at the caller's wishes once more, and give the number to the telephone."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    try:
        start_dial(callback, acting_user=user)
    except Refusal as refusal:
        return _refuse_number(request, callback, refusal)
    work = build_workspace(_anew(callback), user=user, now=clock.now(), with_number=True)
    return _number(request, replace(work, is_dialling=True))


@not_audited("Keeps a claim alive; shows nothing and changes nobody's rights. Claim and release are recorded.")
@without_activity
@requires(WORK_CALLBACKS)
@require_POST
def heartbeat(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Extend the claim; `seconds` left and `news`: sentences about what happened meanwhile. 409 when it is lost.

    During a call the desk locks later, too.
    """
    user = signed_in(request)
    check_callback_access(user=user, public_id=public_id)
    until = extend_claim(public_id, acting_user=user)
    if Callback.objects.filter(pk=public_id, dial_started_at__isnull=False).exists():
        note_live_call(request)
    return JsonResponse(
        {"seconds": int((until - clock.now()).total_seconds()), "news": news_for(public_id, user=user)}
    )


def _keep_typed(request: HttpRequest, user: User, public_id: UUID) -> str:
    """The note of a form sent to a locked desk becomes its person's draft; they go on at the callback's page."""
    try:
        callback = check_callback_access(user=user, public_id=public_id)
    except NotFoundRefusal:
        # Not theirs: kept nowhere, on record, and answered as any page of a locked desk.
        return reverse("accounts:home")
    note = str(request.POST.get("note", ""))[:NOTE_LENGTH]
    # An empty field takes no draft away while nobody has proved who empties it.
    if note.strip():
        keep_draft(callback, note, acting_user=user)
    return reverse("callbacks:workspace", args=[public_id])


@not_audited("Keeps what a person is typing, sealed; shows nothing. The note is recorded when it is saved.")
@keeps_when_locked(_keep_typed)
@requires(WORK_CALLBACKS)
@require_POST
def draft(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep the note that is being typed; also after the claim was lost."""
    user = signed_in(request)
    callback = check_callback_access(user=user, public_id=public_id)
    keep_draft(callback, str(request.POST.get("note", ""))[:NOTE_LENGTH], acting_user=user)
    return HttpResponse(status=204)


@audited(ATTEMPT_RECORDED)
@keeps_when_locked(_keep_typed)
@requires(WORK_CALLBACKS)
@require_POST
def record_outcome(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Save how the call ended. A refusal keeps the page, the choice and the typed note."""
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    form = OutcomeForm(request.POST, clinic=callback.clinic)
    if not form.is_valid():
        return show_refusal(request, callback, form.first_sentence, status=422)
    try:
        recorded = record_attempt(callback, form.draft(), acting_user=user)
    except Refusal as refusal:
        if refusal.status not in SHOWN_ON_THE_PAGE:
            raise
        return show_refusal(request, callback, refusal.sentence, status=refusal.status)
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
        return show_refusal(request, callback, form.first_sentence, status=422)
    try:
        done = finish_review(callback, form.review_decision, acting_user=user, **form.known())
    except Refusal as refusal:
        if refusal.status not in SHOWN_ON_THE_PAGE:
            raise
        return show_refusal(request, callback, refusal.sentence, status=refusal.status)
    if done.status == Status.CLOSED:
        messages.success(request, _("%(ref)s is closed.") % {"ref": done.ref})
        return redirect("callbacks:queue")
    return redirect("callbacks:workspace", public_id=public_id)


def _refuse_number(request: HttpRequest, callback: Callback, refusal: Refusal) -> HttpResponse:
    """To the page that asked only for the number: code and sentence alone."""
    if refusal.status not in SHOWN_ON_THE_PAGE:
        raise refusal
    if _is_partial(request):
        return JsonResponse({"error": refusal.code, "detail": refusal.sentence}, status=refusal.status)
    return show_refusal(request, callback, refusal.sentence, status=refusal.status)


def _is_partial(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _number(request: HttpRequest, work: Workspace) -> HttpResponse:
    """The number alone to the page that asked for it; the whole page to a browser without scripts."""
    if _is_partial(request):
        return render(request, "callbacks/_number.html", {"work": work, "is_hidden": False})
    return show_workspace(request, work)


def _anew(callback: Callback) -> Callback:
    return CALLBACK_ROWS.get(pk=callback.pk)
