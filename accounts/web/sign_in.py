"""Accounts' sign-in and sign-out pages; every try is recorded, the typed name only as a keyed digest."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.home import home_page
from accounts.models import User
from audit.events import SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT, Outcome
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject
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
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "username" in cleaned and "password" in cleaned:
            found = authenticate(self.request, username=cleaned["username"], password=cleaned["password"])
            if not isinstance(found, User):
                raise forms.ValidationError(_("That user name and password do not match. Try again."), code="mismatch")
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
        return redirect(_landing(request, request.user))
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        login(request, form.user)
        request.session["auth_method"] = "password"
        record_event(SIGNED_IN, obj=Subject("person", str(form.user.pk)))
        return redirect(_landing(request, form.user))
    if request.method == "POST":
        typed = str(request.POST.get("username", ""))[:60].casefold()
        record_event(
            SIGN_IN_FAILED,
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="mismatch",
            # People type passwords into the name field: keep only what can be compared.
            details={"attempted_name_ref": keyed_digest("audit.attempted_name", typed)[:32]},
        )
    status = 200 if request.method == "GET" else 422
    return render(request, "accounts/sign_in.html", {"form": form, "next": _next_url(request) or ""}, status=status)


@audited(SIGNED_OUT)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    """Ends the session on the server and clears what the browser kept."""
    if isinstance(request.user, User):
        record_event(SIGNED_OUT, obj=Subject("person", str(request.user.pk)))
    logout(request)
    response = HttpResponseRedirect(reverse("accounts:sign-in"))
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _next_url(request: HttpRequest) -> str | None:
    """`next` if it leads into this site; anything else is an open redirect and is dropped."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and safe else None


def _landing(request: HttpRequest, user: User) -> str:
    """The page that was asked for, or the person's own."""
    return _next_url(request) or reverse(home_page(user))
