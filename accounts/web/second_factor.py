"""Accounts' second-factor pages: a code after the password, and setting an authenticator up at the first sign-in."""

from collections.abc import Mapping

import segno
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.guards import open_while
from accounts.home import home_page, landing_page, wanted_page
from accounts.models import User
from accounts.services.braking import count_try, forgive
from accounts.services.second_factor import (
    confirm_authenticator,
    has_factor,
    has_passkey,
    is_enrolled,
    show_authenticator,
    unused_recovery_codes,
    use_factor,
)
from accounts.sessions import Standing, acting, seated, take_seat
from accounts.web.waiting import too_many
from audit.events import PAGE_VIEWED, SECOND_FACTOR_FAILED, Outcome
from audit.middleware import client_address
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject

CODE_LENGTH = 40


@audited(PAGE_VIEWED)
@open_while(Standing.OWES_FACTOR)
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of the app, a recovery code or a passkey; without any of them yet, how to set the app up."""
    found = seated(request)
    if found.standing is not Standing.OWES_FACTOR or found.person is None:
        return redirect(home_page(request.user) if isinstance(request.user, User) else "accounts:sign-in")
    acting(found.person, "password")
    page = _code_page if has_factor(found.person) else _set_up_page
    return page(request, found.person)


def _code_page(request: HttpRequest, person: User) -> HttpResponse:
    context = {
        "next": wanted_page(request),
        "error": "",
        "by_recovery": request.GET.get("with") == "recovery",
        "has_app": is_enrolled(person),
        "has_passkey": has_passkey(person),
    }
    if request.method == "GET":
        return render(request, "accounts/second_factor.html", context)
    wait = count_try("factor", str(person.pk), client_address(request))
    if wait:
        return _refused(request, "accounts/second_factor.html", context, person, wait=wait)
    with transaction.atomic():
        # Using the code up and signing in happen together, or the code is still good.
        how = use_factor(person, str(request.POST.get("code", ""))[:CODE_LENGTH])
        if how is not None:
            take_seat(request, person, method=f"password+{how}")
    if how is None:
        return _refused(request, "accounts/second_factor.html", context, person)
    forgive("factor", str(person.pk), client_address(request))
    if how == "recovery":
        left = {"left": unused_recovery_codes(person), "onward": landing_page(request, person)}
        return render(request, "accounts/recovery_used.html", left)
    return redirect(landing_page(request, person))


def _set_up_page(request: HttpRequest, person: User) -> HttpResponse:
    context = {"next": wanted_page(request), "error": "", "person_name": person.username}
    if request.method == "GET":
        return render(request, "accounts/set_up_factor.html", context | _shown(person))
    wait = count_try("factor", str(person.pk), client_address(request))
    if wait:
        return _refused(request, "accounts/set_up_factor.html", context | _shown(person), person, wait=wait)
    with transaction.atomic():
        codes = confirm_authenticator(person, "".join(str(request.POST.get("code", ""))[:CODE_LENGTH].split()))
        if codes is not None:
            take_seat(request, person, method="password+totp")
    if codes is None:
        return _refused(request, "accounts/set_up_factor.html", context | _shown(person), person)
    forgive("factor", str(person.pk), client_address(request))
    shown = {"codes": codes, "onward": landing_page(request, person)}
    return render(request, "accounts/recovery_codes.html", shown)


def _shown(person: User) -> dict[str, str]:
    """The secret as an image for the telephone's camera and as text for those without one."""
    found = show_authenticator(person)
    if found is None:
        return {}
    secret, address = found
    image = segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff", dark="#000")
    return {"secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), "image": image}


def _refused(
    request: HttpRequest, template: str, context: Mapping[str, object], person: User, *, wait: int = 0
) -> HttpResponse:
    """The page again, with the sentence; recorded with who gave the password."""
    record_event(
        SECOND_FACTOR_FAILED,
        obj=Subject("person", str(person.pk)),
        outcome=Outcome.MINOR_FAILURE,
        outcome_code="too_many" if wait else "mismatch",
    )
    error = too_many(wait) if wait else _("That code is not right, or was used already. Wait for the next one.")
    response = render(request, template, {**context, "error": error}, status=429 if wait else 422)
    if wait:
        response["Retry-After"] = str(wait)
    return response
