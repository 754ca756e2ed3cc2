"""Accounts' invitation page: somebody new (or without their password) chooses one.

The code comes in the link's fragment, which browsers send to nobody: it stands in no log, no Referer and no address of
ours. Without scripts it is pasted into its field.
"""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.services.braking import count_try, forgive
from accounts.services.inviting import accept_invitation
from accounts.web.sign_in import let_in
from accounts.web.waiting import too_many
from audit.events import INVITATION_REFUSED, PAGE_VIEWED, Outcome
from audit.middleware import client_address
from audit.policy import audited
from audit.recording import record_event


class InvitationForm(forms.Form):
    """The code and a password of one's own. A code that is not good is one answer, whatever is wrong with it."""

    code = forms.CharField(
        label=_("Invitation code"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-code": True}),
    )
    password = forms.CharField(
        label=_("Choose a password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "aria-describedby": "password-rule"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        self.wait = 0
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "code" in cleaned and "password" in cleaned:
            address = client_address(self.request)
            # Nobody has a name here yet: tries are counted by address.
            self.wait = count_try("invitation", f"from {address}", address)
            if self.wait:
                raise ValidationError(too_many(self.wait), code="too_many")
            self.user = accept_invitation(cleaned["code"], cleaned["password"])
            if self.user is None:
                raise ValidationError(
                    _("This invitation is not good any more. Ask your administrator for a new one."), code="not_good"
                )
            forgive("invitation", f"from {address}", address)
        return cleaned


@audited(PAGE_VIEWED)
@login_not_required
@never_cache
@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Choose a password, then go on as after any right password: to the second factor, or in."""
    form = InvitationForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        return let_in(request, form.user)
    status = 200
    if request.method == "POST":
        status = 429 if form.wait else 422
        if form.wait or form.has_error("__all__", "not_good"):
            code = "too_many" if form.wait else "not_good"
            record_event(INVITATION_REFUSED, outcome=Outcome.MINOR_FAILURE, outcome_code=code)
    response = render(request, "accounts/invitation.html", {"form": form}, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response
