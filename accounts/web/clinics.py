"""Accounts' clinic switch, and the page of a person who belongs to no clinic."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.current_clinic import choose_clinic
from accounts.guards import signed_in
from accounts.home import home_page, wanted_page
from audit.events import CLINIC_CHOSEN, PAGE_VIEWED
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject
from lib.errors import NotFoundRefusal


@audited(CLINIC_CHOSEN)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Switch to another clinic of the person, and go home or where `next` says. One that is not theirs: 404."""
    clinic = choose_clinic(request, str(request.POST.get("clinic", "")))
    if clinic is None:
        raise NotFoundRefusal
    record_event(CLINIC_CHOSEN, obj=Subject("clinic", str(clinic.pk)), clinic_id=clinic.pk)
    return redirect(wanted_page(request) or "accounts:home")


@audited(PAGE_VIEWED)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """`/`: leads each person to their work."""
    return redirect(home_page(signed_in(request)))


@audited(PAGE_VIEWED)
@require_GET
def no_work(request: HttpRequest) -> HttpResponse:
    """For a person who signed in but belongs to no clinic: says who can help."""
    return render(request, "accounts/no_work.html")
