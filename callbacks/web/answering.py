"""Callbacks' answers: the page of a callback, and what it says when an act was done or refused."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from accounts.guards import signed_in
from accounts.models import User
from callbacks.access import CALLBACK_ROWS, access_callback
from callbacks.models import Callback
from callbacks.queries.workspace import TYPED, Workspace, build_workspace
from callbacks.services.drafting import keep_draft
from callbacks.services.refusals import HoldingAnotherRefusal
from callbacks.web.forms import NOTE_LENGTH, SentenceForm
from callbacks.web.offers import offer_undo
from lib import clock
from lib.errors import Refusal

Form = TypeVar("Form", bound=SentenceForm)
SHOWN_ON_THE_PAGE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


def show_workspace(request: HttpRequest, work: Workspace, *, status: int = 200) -> HttpResponse:
    context = {"work": work, "section": "queue", "undo": offer_undo(signed_in(request), clock.now())}
    return render(request, "callbacks/workspace.html", context, status=status)


def show_refusal(
    request: HttpRequest, callback: Callback, sentence: str, *, status: int, opened: str = ""
) -> HttpResponse:
    """The page as it is now, with what the person typed and the sentence that says why nothing was saved.

    A note is kept as a draft as well: the page may be closed before it is copied.
    """
    user = signed_in(request)
    note = str(request.POST.get("note", ""))[:NOTE_LENGTH]
    if note.strip():
        keep_draft(callback, note, acting_user=user)
    # Read anew: the refusal usually means that somebody changed it.
    current = CALLBACK_ROWS.get(pk=callback.pk)
    work = build_workspace(current, user=user, now=clock.now())
    typed = replace(
        work,
        error=sentence,
        note=note or work.note,
        verified_by=tuple(request.POST.getlist("verified_by")),
        chosen=str(request.POST.get("outcome", "")),
        agreed_at=str(request.POST.get("agreed_at", ""))[:16],
        typed={name: str(request.POST.get(name, ""))[:NOTE_LENGTH] for name in TYPED},
        opened=opened,
    )
    return show_workspace(request, typed, status=status)


def carry_out(
    request: HttpRequest,
    public_id: UUID,
    form_of: Callable[[QueryDict, Callback], Form],
    act: Callable[[Callback, Form, User], Callback],
    *,
    done: str | Promise,
    stays: bool = False,
    opened: str = "",
) -> HttpResponse:
    """Do one act of a form on a callback and say so: `done` with `%(ref)s`, on the queue or (`stays`) on the page.

    What is refused comes back as the page with its sentence, 409 or 422, and what was typed; `opened` names the dialog.
    Who talks to another caller is led there. Refusals of other kinds have pages of their own.
    """
    user = signed_in(request)
    callback = access_callback(user=user, public_id=public_id)
    form = form_of(request.POST, callback)
    if not form.is_valid():
        return show_refusal(request, callback, form.first_sentence, status=422, opened=opened)
    try:
        current = act(callback, form, user)
    except HoldingAnotherRefusal as refusal:
        messages.warning(request, refusal.sentence)
        return redirect("callbacks:workspace", public_id=refusal.held.pk)
    except Refusal as refusal:
        if refusal.status not in SHOWN_ON_THE_PAGE:
            raise
        return show_refusal(request, callback, refusal.sentence, status=refusal.status, opened=opened)
    messages.success(request, str(done) % {"ref": callback.ref})
    return redirect("callbacks:workspace", public_id=current.pk) if stays else redirect("callbacks:queue")


def plainly(form: type[Form]) -> Callable[[QueryDict, Callback], Form]:
    """How a form is made that needs to know nothing of the callback."""
    return lambda data, _callback: form(data)


def of_clinic(form: Callable[..., Form]) -> Callable[[QueryDict, Callback], Form]:
    """How a form is made that reads times, numbers or colleagues of the callback's clinic."""

    def make(data: QueryDict, callback: Callback) -> Any:
        return form(data, clinic=callback.clinic)

    return make
