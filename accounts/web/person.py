"""Accounts' page of one person: roles with their times, and what an administrator does to the account."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import proof_needed, requires, signed_in
from accounts.models import Clinic, Role, User
from accounts.roles import ADMINISTER
from accounts.roll import access_person, person_row
from accounts.services import people
from accounts.services.memberships import RoleOverRefusal, change_role, end_role, give_role
from accounts.web.people import run_clinics, show_link
from accounts.web.people_forms import ChangeForm, EndForm, GiveForm, TimedForm, chosen_clinic, chosen_membership
from audit.events import (
    ADMIN_PAGE_VIEWED,
    PERSON_DISABLED,
    PERSON_ENABLED,
    PERSON_INVITED,
    ROLE_CHANGED,
    ROLE_ENDED,
    ROLE_GIVEN,
    SECOND_FACTOR_RESET,
    SESSION_ENDED,
    Tag,
)
from audit.policy import audited
from audit.recording import record_event
from audit.scope import Subject
from lib import clock
from lib.errors import NotFoundRefusal, Refusal

View = Callable[[HttpRequest, UUID], HttpResponse]
# What an act answers with: a sentence of what is true now, or a page of its own.
Act = Callable[[HttpRequest, User, list[Clinic]], str | HttpResponse]


class IncompleteFormRefusal(Refusal):
    """A form of the page that lacks something; its sentence says what."""

    code = "incomplete"
    status = 422


@audited(ADMIN_PAGE_VIEWED)
@requires(ADMINISTER)
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Somebody of one's own clinics; anybody else is a recorded 404."""
    clinics = run_clinics(request)
    found = access_person(person_id, clinics=clinics)
    record_event(ADMIN_PAGE_VIEWED, obj=Subject("person", str(found.pk)))
    return _page(request, found, clinics)


def _act(tag: Tag) -> Callable[[Act], View]:
    """Make a view of an act: by an administrator who proved again who they are, on somebody of their own clinics.

    Goes back to the person with a sentence of what is true now; a refusal is told there, with its status, and what was
    typed stays.
    """

    def make(act: Act) -> View:
        @wraps(act)
        def view(request: HttpRequest, person_id: UUID) -> HttpResponse:
            back = reverse("accounts:person", args=[person_id])
            if proof := proof_needed(request, back=back):
                return proof
            clinics = run_clinics(request)
            found = access_person(person_id, clinics=clinics)
            try:
                done = act(request, found, clinics)
            except NotFoundRefusal:
                raise
            except Refusal as refusal:
                found.refresh_from_db()
                return _page(request, found, clinics, refusal=refusal)
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return redirect(back)

        return audited(tag)(requires(ADMINISTER)(never_cache(require_POST(view))))

    return make


@_act(ROLE_GIVEN)
def give(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """A role in one of the administrator's clinics, from a time and perhaps until one."""
    clinic = chosen_clinic(request.POST.get("clinic", ""), clinics)
    if clinic is None:
        raise NotFoundRefusal
    typed = _understood(GiveForm(request.POST, zone=clinic.time_zone))
    made = give_role(
        person=found,
        clinic=clinic,
        role=typed["role"],
        starts_at=typed["starts_at"],
        ends_at=typed["ends_at"],
        acting_user=signed_in(request),
    )
    return _("They are %(role)s in %(clinic)s.") % {"role": Role(made.role).label, "clinic": clinic.name}


@_act(ROLE_CHANGED)
def change(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """Another role in the place of one, from a time."""
    held = chosen_membership(request.POST.get("membership", ""), found, clinics)
    if held is None:
        raise RoleOverRefusal
    typed = _understood(ChangeForm(request.POST, zone=held.clinic.time_zone))
    change_role(held, typed["role"], at=typed["at"], acting_user=signed_in(request))
    return _("The role is changed.")


@_act(ROLE_ENDED)
def end(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """The end of a role: now, or at a time."""
    held = chosen_membership(request.POST.get("membership", ""), found, clinics)
    if held is None:
        raise RoleOverRefusal
    at = _understood(EndForm(request.POST, zone=held.clinic.time_zone))["at"]
    end_role(held, at=at, acting_user=signed_in(request))
    return _("The role ends then.") if at and at > clock.now() else _("The role is ended.")


@_act(PERSON_DISABLED)
def disable(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """The account is switched off: out at once, everywhere."""
    del clinics
    people.disable_person(found, acting_user=signed_in(request))
    return _("The account is disabled; whoever was signed in by it is out.")


@_act(PERSON_ENABLED)
def enable(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """The account is switched on again."""
    del clinics
    people.enable_person(found, acting_user=signed_in(request))
    return _("The account works again, with the roles that are in force.")


@_act(SESSION_ENDED)
def end_session(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """Whoever is signed in as this person is out with the next request."""
    del request, clinics
    people.end_sessions(found)
    return _("The session is over.")


@_act(SECOND_FACTOR_RESET)
def reset_factor(request: HttpRequest, found: User, clinics: list[Clinic]) -> str:
    """The telephone was lost: the next sign-in sets a new factor up."""
    del clinics
    people.reset_factor(found, acting_user=signed_in(request))
    return _("They set up a new second factor when they sign in next.")


@_act(PERSON_INVITED)
def invite(request: HttpRequest, found: User, clinics: list[Clinic]) -> HttpResponse:
    """A new link: to begin with, after it expired, or for a forgotten password."""
    del clinics
    return show_link(request, found, people.invite_anew(found, acting_user=signed_in(request)))


def _understood(form: TimedForm) -> dict[str, Any]:
    if not form.is_valid():
        raise IncompleteFormRefusal(form.sentence)
    return form.cleaned_data


def _typed(request: HttpRequest) -> dict[str, str]:
    """What stands in the form that gives a role: what was sent by it, else nothing."""
    sent = request.POST if "membership" not in request.POST else {}
    return {name: str(sent.get(name, "")) for name in ("clinic", "role", "starts_at", "ends_at")}


def _page(request: HttpRequest, found: User, clinics: list[Clinic], *, refusal: Refusal | None = None) -> HttpResponse:
    acting_user = signed_in(request)
    context = {
        "section": "people",
        "row": person_row(found, clinics, now=clock.now()),
        "clinics": clinics,
        "roles": Role.choices,
        "is_self": found.pk == acting_user.pk,
        "typed": _typed(request),
        "error": "" if refusal is None else refusal.sentence,
        "zone_names": ", ".join(sorted({clinic.time_zone for clinic in clinics})),
    }
    return render(request, "accounts/person.html", context, status=200 if refusal is None else refusal.status)
