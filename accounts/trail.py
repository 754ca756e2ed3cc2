"""Accounts' answers to the trail: who the person behind a request is, and whose trail they may read."""

from collections.abc import Collection
from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import READ_TRAIL
from audit.providers import ANONYMOUS, Actor, Clinic, Person


def describe_person(request: HttpRequest) -> Actor:
    """The signed-in person with the roles held now; ANONYMOUS otherwise."""
    user = request.user
    if not isinstance(user, User):
        return ANONYMOUS
    return Actor(
        kind="human",
        id=str(user.pk),
        label=user.username,
        roles=held_rights(user).roles,
        auth_method=request.session.get("auth_method", ""),
    )


def list_clinics(request: HttpRequest) -> list[Clinic]:
    """Clinics whose trail the person may read."""
    if not isinstance(request.user, User):
        return []
    return [
        Clinic(id=clinic.pk, name=clinic.name, time_zone=clinic.time_zone)
        for clinic in held_rights(request.user).clinics_with(READ_TRAIL)
    ]


def list_people(clinic_ids: Collection[UUID]) -> list[Person]:
    """Everybody who belongs or ever belonged to these clinics: the trail outlives a membership."""
    people = User.objects.filter(memberships__clinic_id__in=clinic_ids).distinct().order_by("username")
    return [Person(id=str(person.pk), label=person.username) for person in people]
