"""Accounts' current clinic: the one a person is working in, remembered by the session."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, READ_TRAIL, VIEW_QUEUE

SESSION_KEY = "clinic_id"


def open_clinics(user: User) -> list[Clinic]:
    """Clinics in which the person holds any right, by name, each once."""
    rights = held_rights(user)
    found = {
        clinic.pk: clinic for right in (VIEW_QUEUE, READ_TRAIL, ADMINISTER) for clinic in rights.clinics_with(right)
    }
    return sorted(found.values(), key=lambda clinic: clinic.name)


def current_clinic(request: HttpRequest) -> Clinic | None:
    """The clinic chosen in this session if the person still belongs to it, else the first; None without any."""
    if not isinstance(request.user, User):
        return None
    clinics = open_clinics(request.user)
    chosen = request.session.get(SESSION_KEY)
    return next((clinic for clinic in clinics if str(clinic.pk) == chosen), clinics[0] if clinics else None)


def choose_clinic(request: HttpRequest, clinic_id: str) -> Clinic | None:
    """Remember another clinic of the person; None when it is not one of theirs (or not an id)."""
    if not isinstance(request.user, User):
        return None
    try:
        wanted = UUID(clinic_id)
    except ValueError:
        return None
    clinic = next((clinic for clinic in open_clinics(request.user) if clinic.pk == wanted), None)
    if clinic is not None:
        request.session[SESSION_KEY] = str(clinic.pk)
    return clinic
