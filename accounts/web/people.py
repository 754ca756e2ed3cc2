"""Accounts' pages of people: everybody of the clinics one administers, and somebody new. No patient data."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guards import proved_recently, requires, signed_in
from accounts.models import Clinic, Role, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER
from accounts.roll import STANDINGS, Wanted, person_rows, wanted_people
from accounts.services.people import make_person
from accounts.web.people_forms import NewPersonForm
from audit.events import ADMIN_PAGE_VIEWED, Purpose
from audit.policy import audited
from audit.recording import record_event
from audit.scope import current_scope
from lib import clock

PAGE_SIZE = 50
LONGEST_NAME = 60


def run_clinics(request: HttpRequest) -> list[Clinic]:
    """The clinics this person administers, by name; whatever they do here is system administration on record."""
    current_scope().purpose = Purpose.SYSTEM_ADMINISTRATION
    return held_rights(signed_in(request)).clinics_with(ADMINISTER)


@audited(ADMIN_PAGE_VIEWED)
@requires(ADMINISTER)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The roll: roles with their times, second factor, sign-in; `name`, `role` and `standing` narrow it."""
    clinics, now = run_clinics(request), clock.now()
    wanted = Wanted(
        name=request.GET.get("name", "").replace("\x00", "").strip()[:LONGEST_NAME],
        role=_known(request.GET.get("role", ""), Role.values),
        standing=_known(request.GET.get("standing", ""), STANDINGS),
    )
    page = Paginator(wanted_people(clinics, wanted, now=now), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = person_rows(page, now=now)
    record_event(ADMIN_PAGE_VIEWED, rows_count=len(rows))
    context = {
        "section": "people",
        "rows": rows,
        "page": page,
        "count_text": ngettext("%(n)s person", "%(n)s people", page.paginator.count) % {"n": page.paginator.count},
        "wanted": wanted,
        "is_narrowed": wanted != Wanted(),
        "has_many_clinics": len(clinics) > 1,
        "roles": Role.choices,
        "standings": STANDINGS.items(),
        "zone_name": clinics[0].time_zone,
    }
    return render(request, "accounts/people.html", context)


@audited(ADMIN_PAGE_VIEWED)
@requires(ADMINISTER)
@never_cache
@require_http_methods(["GET", "POST"])
@proved_recently
def invite_new(request: HttpRequest) -> HttpResponse:
    """Somebody new joins: made, given their first role, and their link shown once. 422 with what is wrong."""
    clinics = run_clinics(request)
    form = NewPersonForm(request.POST if request.method == "POST" else None, clinics=clinics)
    if request.method == "GET" or not form.is_valid():
        context = {"section": "people", "form": form}
        return render(request, "accounts/person_new.html", context, status=422 if form.errors else 200)
    person, code = make_person(
        username=form.cleaned_data["username"],
        display_name=form.cleaned_data["display_name"],
        email=form.cleaned_data["email"],
        clinic=form.cleaned_data["clinic"],
        role=form.cleaned_data["role"],
        acting_user=signed_in(request),
    )
    return show_link(request, person, code)


def show_link(request: HttpRequest, person: User, code: str) -> HttpResponse:
    """The link, once, on a page that is kept nowhere; not in a message, which would lie in the session."""
    link = f"{request.build_absolute_uri(reverse('accounts:invitation'))}#{code}"
    return render(request, "accounts/person_invited.html", {"section": "people", "person": person, "link": link})


def _known(typed: str, known: object) -> str:
    """A choice of the list, or nothing: an address may be typed by anybody."""
    return typed if isinstance(known, (list, dict)) and typed in known else ""
