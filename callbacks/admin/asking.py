"""Callbacks' asking page of administration: the form an act needs for each ticked callback, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.guards import signed_in
from accounts.models import User
from audit.scope import TrailUnwritableError
from callbacks.models import Callback
from callbacks.queries.rows import appointment_label, holder_of
from callbacks.services.refusals import record_refusal
from callbacks.web.forms import SentenceForm
from lib import clock
from lib.errors import Refusal

INVALID_FORM = "invalid_form"
Form = TypeVar("Form", bound=SentenceForm)


@dataclass(frozen=True)
class Question(Generic[Form]):
    """What must be asked before an act.

    `form(callback, data, prefix=, initial=)` makes the form of one callback; `act(callback, form, user)` does the act
    from a valid one and returns the sentence of its success, or raises a Refusal; `why_not(callback, user)`, where there
    is one, says why there is nothing to ask about a callback, "" where there is something.
    """

    action: str
    title: Any
    form: Callable[..., Form]
    act: Callable[[Callback, Form, User], str]
    why_not: Callable[[Callback, User], str] | None = None


@dataclass
class Card:
    """One callback on the page, without a caller's data: its reference, what is wanted, and its form."""

    callback: Callback
    form: SentenceForm
    is_mine: bool
    error: str = ""

    @property
    def wants(self) -> str:
        return appointment_label(self.callback)


def ask(question: Question[Any], page: Any, request: HttpRequest, chosen: QuerySet[Callback]) -> HttpResponse | None:
    """First the forms; then what was sent, done one by one.

    What is refused stays on the page with its sentence and what was typed; None once nothing is left to ask. Raises
    TrailUnwritableError: then nothing more may happen.
    """
    is_sent = "save" in request.POST
    rows = chosen.select_related("clinic", "claimed_by")
    cards = _refused(question, request, rows) if is_sent else _asked(question, request, rows)
    if not cards:
        return None
    context = {
        **page.admin_site.each_context(request),
        "title": question.title,
        "action": question.action,
        "opts": page.opts,
        "cards": cards,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else HTTPStatus.OK
    return TemplateResponse(request, "admin/callbacks/callback/asking.html", context, status=status)


def _asked(question: Question[Any], request: HttpRequest, rows: QuerySet[Callback]) -> list[Card]:
    cards, user = [], signed_in(request)
    for callback in rows:
        reason = question.why_not(callback, user) if question.why_not else ""
        if reason:
            messages.warning(request, f"{callback.ref}: {reason}")
        else:
            cards.append(_card(question, callback, user))
    return cards


def _refused(question: Question[Any], request: HttpRequest, rows: QuerySet[Callback]) -> list[Card]:
    """Do each act; the cards of those that were refused, for the callbacks as they are now."""
    cards, user = [], signed_in(request)
    for callback in rows:
        form = question.form(callback, request.POST, prefix=str(callback.pk))
        try:
            if form.is_valid():
                messages.success(request, f"{callback.ref}: {question.act(callback, form, user)}")
                continue
            sentence = form.first_sentence
            record_refusal(callback, INVALID_FORM, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        except TrailUnwritableError:
            raise
        except Refusal as refusal:
            record_refusal(callback, refusal.code, status=refusal.status)
            sentence = refusal.sentence
        typed = {name: form[name].value() for name in form.fields if name != "version"}
        cards.append(_card(question, rows.get(pk=callback.pk), user, error=sentence, **typed))
    return cards


def _card(question: Question[Any], callback: Callback, user: User, *, error: str = "", **typed: Any) -> Card:
    initial = {"command_id": uuid4(), "version": callback.version, **typed}
    form = question.form(callback, None, prefix=str(callback.pk), initial=initial)
    return Card(callback, form, is_mine=holder_of(callback, clock.now()) == user, error=error)
