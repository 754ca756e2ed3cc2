"""Callbacks' acts in administration: the workspace's services, row by row; what was refused is said in a sentence."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.guards import signed_in
from audit.scope import TrailUnwritableError
from callbacks.admin.asking import ask
from callbacks.admin.outcomes import OUTCOME
from callbacks.admin.passing_on import ESCALATE, REASSIGN
from callbacks.models import Callback
from callbacks.services.claiming import claim_callback, release_callback
from callbacks.services.refusals import record_refusal
from lib.errors import Refusal


def act_on_each(request: HttpRequest, chosen: Iterable[Callback], act: Callable[[Callback], str]) -> None:
    """Do `act` to each row in a transaction of its own, and say what became of each; never "done" for some only.

    `act` returns the sentence of its success; what was refused is recorded with its code. Raises TrailUnwritableError: then nothing more may happen.
    """
    done, refused = [], []
    for callback in chosen:
        try:
            done.append(act(callback))
        except TrailUnwritableError:
            raise
        except Refusal as refusal:
            record_refusal(callback, refusal.code, status=refusal.status)
            refused.append(f"{callback.ref}: {refusal.sentence}")
    if done and refused:
        summary = ngettext("%(done)s of %(all)s was done.", "%(done)s of %(all)s were done.", len(done))
        messages.warning(request, summary % {"done": len(done), "all": len(done) + len(refused)})
    for sentence in done:
        messages.success(request, sentence)
    for sentence in refused:
        messages.warning(request, sentence)


@admin.action(description=gettext_lazy("Claim"), permissions=["work"])
def claim(page: Any, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
    """Take each; a person holds one at a time, so ticking two says so for the second."""
    del page
    user = signed_in(request)

    def act(callback: Callback) -> str:
        claim_callback(callback, acting_user=user)
        address = reverse("callbacks:workspace", args=[callback.pk])
        return format_html('{} <a href="{}">{}</a>', _("%s is yours.") % callback.ref, address, _("Open it to call."))

    act_on_each(request, queryset, act)


@admin.action(description=gettext_lazy("Release"), permissions=["work"])
def release(page: Any, request: HttpRequest, queryset: QuerySet[Callback]) -> None:
    """Give each back to the queue."""
    del page
    user = signed_in(request)

    def act(callback: Callback) -> str:
        release_callback(callback, acting_user=user)
        return _("%s is back in the queue.") % callback.ref

    act_on_each(request, queryset, act)


@admin.action(description=gettext_lazy("Record outcome…"), permissions=["work"])
def record_outcome(page: Any, request: HttpRequest, queryset: QuerySet[Callback]) -> HttpResponse | None:
    """Ask how each call ended, then save."""
    return ask(OUTCOME, page, request, queryset)


@admin.action(description=gettext_lazy("Give to a colleague…"), permissions=["work"])
def reassign(page: Any, request: HttpRequest, queryset: QuerySet[Callback]) -> HttpResponse | None:
    """Ask to whom and why, then give each away."""
    return ask(REASSIGN, page, request, queryset)


@admin.action(description=gettext_lazy("Escalate…"), permissions=["work"])
def escalate(page: Any, request: HttpRequest, queryset: QuerySet[Callback]) -> HttpResponse | None:
    """Ask for the caller's words, then pass each to the clinical team."""
    return ask(ESCALATE, page, request, queryset)
