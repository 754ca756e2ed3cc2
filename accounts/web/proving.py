"""Accounts' pages for proving again who one is: at a locked desk, and before a sensitive act."""

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.guards import open_while, signed_in
from accounts.home import home_page, landing_page, wanted_page
from accounts.models import User
from accounts.services.braking import count_try, forgive
from accounts.services.second_factor import DIGITS, has_passkey, is_enrolled, use_factor
from accounts.sessions import Standing, acting, note_proof, seated, unlock
from accounts.web.waiting import too_many
from audit.events import PAGE_VIEWED, PROOF_FAILED, Outcome
from audit.middleware import client_address
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject

LONGEST_PROOF = 256


@audited(PAGE_VIEWED)
@open_while(Standing.LOCKED)
@never_cache
@sensitive_post_parameters("proof")
@require_http_methods(["GET", "POST"])
def locked(request: HttpRequest) -> HttpResponse:
    """A locked desk: nothing of a caller, and the way back in for whom it was locked. 204 where a script asked."""
    found = seated(request)
    if found.standing is not Standing.LOCKED or found.person is None:
        return redirect(home_page(signed_in(request)))
    person = found.person
    context = {
        "next": wanted_page(request),
        "error": "",
        "locked_for": person.display_name,
        "has_app": is_enrolled(person),
        "has_passkey": has_passkey(person),
    }
    if request.method == "GET":
        return render(request, "accounts/locked.html", context)
    acting(person)
    wait, method = _prove(request, person)
    if method is None:
        return _refused(request, "accounts/locked.html", context, person, wait=wait)
    unlock(request, person, method=method)
    if _is_asked_by_script(request):
        return HttpResponse(status=204)
    return redirect(landing_page(request, person))


@audited(PAGE_VIEWED)
@never_cache
@sensitive_post_parameters("proof")
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Before a sensitive act: who is sitting here is still the one who signed in."""
    person = signed_in(request)
    context = {
        "next": wanted_page(request),
        "error": "",
        "has_app": is_enrolled(person),
        "has_passkey": has_passkey(person),
    }
    if request.method == "GET":
        return render(request, "accounts/prove.html", context)
    wait, method = _prove(request, person)
    if method is None:
        return _refused(request, "accounts/prove.html", context, person, wait=wait)
    note_proof(request, person)
    return redirect(landing_page(request, person))


def _prove(request: HttpRequest, person: User) -> tuple[int, str | None]:
    """(seconds to wait, how it was proved): by the password, or by six digits of the app."""
    typed, address = str(request.POST.get("proof", ""))[:LONGEST_PROOF], client_address(request)
    wait = count_try("proof", str(person.pk), address)
    if wait:
        return wait, None
    if len(typed.strip()) == DIGITS and typed.strip().isdigit():
        method = use_factor(person, typed)
    else:
        right = authenticate(request, username=person.username, password=typed) == person
        method = "password" if right else None
    if method is not None:
        forgive("proof", str(person.pk), address)
    return 0, method


def _refused(
    request: HttpRequest, template: str, context: dict[str, object], person: User, *, wait: int
) -> HttpResponse:
    record_event(
        PROOF_FAILED,
        obj=Subject("person", str(person.pk)),
        outcome=Outcome.MINOR_FAILURE,
        outcome_code="too_many" if wait else "mismatch",
    )
    error = too_many(wait) if wait else _("That is not right. Try again.")
    status = 429 if wait else 422
    if _is_asked_by_script(request):
        response = HttpResponse(error, status=status, content_type="text/plain; charset=utf-8")
    else:
        response = render(request, template, context | {"error": error}, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _is_asked_by_script(request: HttpRequest) -> bool:
    return "text/html" not in request.headers.get("Accept", "")
