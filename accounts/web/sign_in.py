"""Accounts' sign-in and sign-out pages; every try is recorded, the typed name only as a keyed digest."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import open_while
from accounts.home import landing_page, wanted_page
from accounts.models import User
from accounts.services.braking import count_try, forgive
from accounts.services.second_factor import owes_factor, prepare_authenticator
from accounts.sessions import Standing, leave, owe_factor, take_seat
from accounts.web.waiting import too_many
from audit.events import SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT, Outcome
from audit.middleware import client_address
from audit.policy import audited
from audit.recording import record_event
from lib.digests import keyed_digest


class SignInForm(forms.Form):
    """Name and password; the answer to a wrong one never says which of the two was wrong."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        self.wait = 0
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "username" in cleaned and "password" in cleaned:
            name, address = cleaned["username"], client_address(self.request)
            self.wait = count_try("password", name, address)
            if self.wait:
                raise forms.ValidationError(too_many(self.wait), code="too_many")
            found = authenticate(self.request, username=name, password=cleaned["password"])
            if not isinstance(found, User):
                raise forms.ValidationError(_("That user name and password do not match. Try again."), code="mismatch")
            forgive("password", name, address)
            self.user = found
        return cleaned


@audited(SIGNED_IN)
@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The one way in; Django admin's own form leads here."""
    if isinstance(request.user, User):
        return redirect(landing_page(request, request.user))
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        return let_in(request, form.user)
    status = 200
    if request.method == "POST":
        status = 429 if form.wait else 422
        typed = str(request.POST.get("username", ""))[:60].casefold()
        record_event(
            SIGN_IN_FAILED,
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="too_many" if form.wait else "mismatch",
            # People type passwords into the name field: keep only what can be compared.
            details={"attempted_name_ref": keyed_digest("audit.attempted_name", typed)[:32]},
        )
    response = render(request, "accounts/sign_in.html", {"form": form, "next": wanted_page(request)}, status=status)
    if form.wait:
        response["Retry-After"] = str(form.wait)
    return response


def let_in(request: HttpRequest, user: User) -> HttpResponse:
    """After a right password: to the second factor where it is owed, else in."""
    if not owes_factor(user):
        take_seat(request, user, method="password")
        return redirect(landing_page(request, user))
    prepare_authenticator(user)
    owe_factor(request, user)
    wanted = wanted_page(request)
    return redirect(reverse("accounts:second-factor") + (f"?{urlencode({'next': wanted})}" if wanted else ""))


@audited(SIGNED_OUT)
@open_while(Standing.LOCKED, Standing.OWES_FACTOR)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    """Ends the session on the server and clears what the browser kept; also how a locked desk changes hands."""
    leave(request)
    response = HttpResponseRedirect(reverse("accounts:sign-in"))
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
