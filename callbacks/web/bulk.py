"""Callbacks' page of bulk acts: one decision of a supervisor for several callbacks, and what became of each."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.models import Clinic, User
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALLBACK_REASSIGNED
from audit.policy import audited
from callbacks.access import check_callback_access
from callbacks.models import Callback
from callbacks.services.closing import close_callback
from callbacks.services.deferring import snooze_callback
from callbacks.services.escalating import escalate_callback
from callbacks.services.reassigning import reassign_callback
from callbacks.services.refusals import record_refusal
from callbacks.web.act_forms import CloseForm, EscalateForm, ReassignForm, TimeForm, row_command
from callbacks.web.forms import SentenceForm
from lib.errors import Refusal

MOST_AT_ONCE = 50


class ChosenForm(SentenceForm):
    """Which rows, each as `<id>:<version>`, and which act."""

    act = forms.ChoiceField(
        choices=[(name, name) for name in ("assign", "snooze", "escalate", "close")],
        error_messages={
            "required": gettext_lazy("Choose what to do with them."),
            "invalid_choice": gettext_lazy("Choose one of the acts on the page."),
        },
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.sent: list[str] = data.getlist("row")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not 0 < len(self.sent) <= MOST_AT_ONCE:
            raise forms.ValidationError(_("Tick between 1 and 50 callbacks first."))
        try:
            cleaned["rows"] = [_row(text) for text in self.sent]
        except ValueError:
            raise forms.ValidationError(_("This page is outdated. Reload it and try again.")) from None
        return cleaned


def _row(text: str) -> tuple[UUID, int]:
    public_id, _colon, version = text.partition(":")
    return UUID(public_id), int(version)


@audited(CALLBACK_REASSIGNED)
@requires(SUPERVISE_CALLBACKS)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one act on each ticked callback, each in a transaction of its own. What was refused is said row by row."""
    clinic = working_clinic(request, SUPERVISE_CALLBACKS)
    user, chosen = signed_in(request), ChosenForm(request.POST)
    if not chosen.is_valid():
        messages.warning(request, chosen.first_sentence)
        return redirect("callbacks:queue")
    form = _form(chosen.cleaned_data["act"], request, clinic)
    if not form.is_valid():
        messages.warning(request, form.first_sentence)
        return redirect("callbacks:queue")
    done, refused = 0, []
    for public_id, version in chosen.cleaned_data["rows"]:
        callback = check_callback_access(user=user, public_id=public_id, permission=SUPERVISE_CALLBACKS)
        known = {"version": version, "command_id": row_command(form.cleaned_data["command_id"], callback.pk)}
        try:
            _ACTS[chosen.cleaned_data["act"]](callback, form, user, known)
            done += 1
        except Refusal as refusal:
            if refusal.status >= 500:
                raise
            record_refusal(callback, refusal.code, status=refusal.status)
            refused.append(f"{callback.ref}: {refusal.sentence}")
    _tell(request, done, refused)
    return redirect("callbacks:queue")


def _form(act: str, request: HttpRequest, clinic: Clinic) -> SentenceForm:
    # A version of its own stands in each row; the forms ask for one.
    data = request.POST.copy()
    data["version"] = "1"
    match act:
        case "assign":
            return ReassignForm(data, clinic=clinic)
        case "snooze":
            return TimeForm(data, clinic=clinic)
        case "escalate":
            return EscalateForm(data)
    return CloseForm(data)


def _assign(callback: Callback, form: Any, user: User, known: dict[str, Any]) -> None:
    to, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
    reassign_callback(callback, to=to, reason=reason, acting_user=user, **known)


def _snooze(callback: Callback, form: Any, user: User, known: dict[str, Any]) -> None:
    snooze_callback(callback, form.cleaned_data["at"], acting_user=user, **known)


def _escalate(callback: Callback, form: Any, user: User, known: dict[str, Any]) -> None:
    escalate_callback(callback, acting_user=user, words=form.cleaned_data["words"], **known)


def _close(callback: Callback, form: Any, user: User, known: dict[str, Any]) -> None:
    close_callback(callback, form.closed_reason, acting_user=user, **known)


_ACTS: dict[str, Callable[[Callback, Any, User, dict[str, Any]], None]] = {
    "assign": _assign,
    "snooze": _snooze,
    "escalate": _escalate,
    "close": _close,
}


def _tell(request: HttpRequest, done: int, refused: list[str]) -> None:
    everybody = done + len(refused)
    sentence = ngettext("%(done)s of %(all)s was done.", "%(done)s of %(all)s were done.", done)
    (messages.warning if refused else messages.success)(request, sentence % {"done": done, "all": everybody})
    for text in refused:
        messages.warning(request, text)
