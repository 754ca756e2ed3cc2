"""Accounts' guards: a page names the permission it needs; without it the answer is a recorded 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.current_clinic import current_clinic
from accounts.models import Clinic, User
from accounts.rights import held_rights
from lib.errors import NotFoundRefusal

View = Callable[..., HttpResponse]


def requires(permission: str) -> Callable[[View], View]:
    """Guard a view by a permission held in any clinic; which records it shows is the access functions' matter."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def signed_in(request: HttpRequest) -> User:
    """The person of a request behind LoginRequiredMiddleware."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def working_clinic(request: HttpRequest, permission: str) -> Clinic:
    """The clinic to show: the current one if the permission is held there, else the first where it is.

    Raises PermissionDenied when it is held nowhere.
    """
    rights = held_rights(signed_in(request))
    here = current_clinic(request)
    if here is not None and rights.allow(permission, clinic_id=here.pk):
        return here
    clinics = rights.clinics_with(permission)
    if not clinics:
        raise PermissionDenied
    return clinics[0]


def require_right(user: User, permission: str, *, clinic_id: UUID) -> None:
    """Raise NotFoundRefusal unless the person holds the permission in that clinic: elsewhere a record does not exist."""
    if not held_rights(user).allow(permission, clinic_id=clinic_id):
        raise NotFoundRefusal
