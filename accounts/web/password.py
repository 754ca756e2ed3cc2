"""Accounts' page for another password of one's own: the present one is asked for, and every other session ends."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.guards import signed_in
from accounts.models import User
from accounts.services.braking import count_try, forgive
from accounts.services.passwords import change_password
from accounts.sessions import keep_only_this
from accounts.web.waiting import too_many
from audit.events import PASSWORD_CHANGED, PROOF_FAILED, Outcome
from audit.middleware import client_address
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject


class PasswordForm(forms.Form):
    """The present password and the next one, typed as they are: nothing is stripped or cut."""

    present = forms.CharField(
        label=gettext_lazy("Your password now"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Your new password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "aria-describedby": "password-rule"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.person: User = signed_in(request)
        self.wait = 0
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "present" in cleaned and "password" in cleaned:
            self._prove(cleaned["present"])
            if cleaned["password"] == cleaned["present"]:
                raise ValidationError(_("That is the password you have. Choose another one."), code="same")
        return cleaned

    def _prove(self, present: str) -> None:
        name, address = str(self.person.pk), client_address(self.request)
        self.wait = count_try("proof", name, address)
        if self.wait:
            raise ValidationError(too_many(self.wait), code="too_many")
        if authenticate(self.request, username=self.person.username, password=present) != self.person:
            raise ValidationError(_("Your password now is not right. Try again."), code="mismatch")
        forgive("proof", name, address)


@audited(PASSWORD_CHANGED)
@never_cache
@sensitive_post_parameters("present", "password")
@require_http_methods(["GET", "POST"])
def own_password(request: HttpRequest) -> HttpResponse:
    """Choose another password. This session goes on; a session anywhere else is over with its next request."""
    form = PasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_changed(request, form):
        messages.success(request, _("Your password is changed. Nobody is signed in as you anywhere else."))
        return redirect("accounts:password")
    status = 200
    if request.method == "POST":
        status = 429 if form.wait else 422
        _record_failed_proof(form)
    response = render(request, "accounts/password.html", {"form": form, "section": "password"}, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response


def _is_changed(request: HttpRequest, form: PasswordForm) -> bool:
    """Change it, or say on the form what is wrong with the new one."""
    try:
        with transaction.atomic():
            change_password(form.person, form.cleaned_data["password"])
            keep_only_this(request, form.person, reason="password_changed")
    except ValidationError as error:
        form.add_error("password", error)
        return False
    return True


def _record_failed_proof(form: PasswordForm) -> None:
    """A new password that is too weak is no failed proof; a present one that is wrong is."""
    code = next((code for code in ("too_many", "mismatch") if form.has_error("__all__", code)), None)
    if code is not None:
        person = Subject("person", str(form.person.pk))
        record_event(PROOF_FAILED, obj=person, outcome=Outcome.MINOR_FAILURE, outcome_code=code)
