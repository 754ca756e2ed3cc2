"""Accounts' page of one's own passkeys: adding, renaming and removing them, after proving again who one is."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.challenges import put_challenge
from accounts.guards import proof_needed, signed_in
from accounts.services.passkeys import (
    MOST_PASSKEYS,
    PasskeyError,
    add_passkey,
    ask_to_make,
    passkeys_of,
    remove_passkey,
    rename_passkey,
)
from accounts.sessions import keep_only_this
from accounts.web.passkey import read_answer, read_challenge
from audit.events import PAGE_VIEWED, PASSKEY_ADDED, PASSKEY_REFUSED, PASSKEY_REMOVED, PASSKEY_RENAMED, Outcome
from audit.policy import audited, not_audited
from audit.recording import record_event
from audit.scope import Subject

PURPOSE = "make"
View = Callable[..., HttpResponse]


class NameForm(forms.Form):
    """What one calls a device."""

    device = forms.CharField(
        max_length=60,
        error_messages={
            "required": gettext_lazy("Give the passkey a name, such as the device it is in."),
            "max_length": gettext_lazy("Keep the name under 60 characters."),
        },
    )

    @property
    def sentence(self) -> str:
        return str(self.errors["device"][0])


def _proved(view: View) -> View:
    """Only to who proved it within ten minutes; else to the proof, and from there to the page of passkeys."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return proof_needed(request, back=reverse("accounts:passkeys")) or view(request, *args, **kwargs)

    return guarded


@audited(PAGE_VIEWED)
@never_cache
@require_GET
@_proved
def own_passkeys(request: HttpRequest) -> HttpResponse:
    """All of one's own, by name, with when each was added and last used."""
    rows = passkeys_of(signed_in(request))
    context = {"rows": rows, "is_full": len(rows) >= MOST_PASSKEYS, "section": "passkeys"}
    return render(request, "accounts/passkeys.html", context)


@not_audited("Gives random bytes for a new passkey to sign; shows nothing of anybody, and adding one is recorded.")
@never_cache
@require_POST
@_proved
def challenge(request: HttpRequest) -> HttpResponse:
    """What the browser makes a passkey with."""
    return JsonResponse(ask_to_make(signed_in(request), put_challenge(request, purpose=PURPOSE)))


@audited(PASSKEY_ADDED)
@never_cache
@require_POST
@_proved
def add(request: HttpRequest) -> HttpResponse:
    """Keep what the browser made, under the name of its `device`. `{"onward": address}`, or 422 with a sentence."""
    person = signed_in(request)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _refused(form.sentence)
    try:
        asked = read_challenge(request, purpose=PURPOSE)
        with transaction.atomic():
            add_passkey(person, form.cleaned_data["device"], challenge=asked, answer=read_answer(request))
            keep_only_this(request, person, reason="factor_changed")
    except PasskeyError as error:
        record_event(
            PASSKEY_REFUSED,
            obj=Subject("person", str(person.pk)),
            outcome=Outcome.MINOR_FAILURE,
            outcome_code=error.code,
        )
        return _refused(_("This passkey could not be added. Try again, or use another device."))
    messages.success(request, _("The passkey is added. It signs you in by itself from now on."))
    return JsonResponse({"onward": reverse("accounts:passkeys")})


@audited(PASSKEY_RENAMED)
@require_POST
@_proved
def rename(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Somebody else's does not exist: 404."""
    form = NameForm(request.POST)
    if form.is_valid():
        rename_passkey(signed_in(request), passkey_id, form.cleaned_data["device"])
        messages.success(request, _("The passkey is renamed."))
    else:
        messages.warning(request, form.sentence)
    return redirect("accounts:passkeys")


@audited(PASSKEY_REMOVED)
@require_POST
@_proved
def remove(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """It opens nothing from now on, and a session anywhere else is over. Somebody else's does not exist: 404."""
    person = signed_in(request)
    with transaction.atomic():
        remove_passkey(person, passkey_id)
        keep_only_this(request, person, reason="factor_changed")
    messages.success(request, _("The passkey is removed. You can delete it on its device, too."))
    return redirect("accounts:passkeys")


def _refused(sentence: str) -> JsonResponse:
    return JsonResponse({"error": "passkey_refused", "detail": sentence}, status=422)
