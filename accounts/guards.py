"""Accounts' guards: a page names the permission it needs, and what kind of session it serves; else a recorded 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.current_clinic import current_clinic
from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.sessions import Standing, acting, recently_proved, seated
from lib.errors import NotFoundRefusal

View = Callable[..., HttpResponse]
# Request, person and what the address names; the address where the person goes on.
Keep = Callable[..., str]
AnyView = TypeVar("AnyView", bound=Callable[..., Any])


def open_while(*standings: Standing) -> Callable[[AnyView], AnyView]:
    """Let a view serve sessions that stand so, too (accounts.middleware): everything else refuses them."""

    def mark(view: AnyView) -> AnyView:
        view.open_standings = frozenset(standings)  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return mark


def keeps_when_locked(keep: Keep) -> Callable[[View], View]:
    """Let a form that was sent to a locked desk not be lost: `keep` puts away what was typed, and says where to go on.

    Stands above every other guard: while the desk is locked nobody is signed in, and the view itself is not reached.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            found = seated(request)
            if found.standing is not Standing.LOCKED or found.person is None:
                return view(request, *args, **kwargs)
            acting(found.person)
            onward = keep(request, found.person, *args, **kwargs) if request.method == "POST" else "/"
            return redirect_to_login(onward, reverse("accounts:locked"))

        return open_while(Standing.LOCKED)(guarded)

    return guard


def without_activity(view: AnyView) -> AnyView:
    """Mark a view that pages ask by themselves: it keeps no session alive and no desk unlocked."""
    view.is_without_activity = True  # type: ignore[attr-defined]  # functions carry attributes
    return view


def proof_needed(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """The way to prove again who one is, and back to this page; None when that happened within ten minutes.

    For sensitive acts: roles, secrets, exports, emergency access, one's own keys. `back` is for addresses that only take forms.
    """
    if recently_proved(request):
        return None
    return redirect(f"{reverse('accounts:prove')}?{urlencode({'next': back or request.get_full_path()})}")


def proved_recently(view: View) -> View:
    """Guard a view by `proof_needed`. A form whose proof grew old is led there too: what was typed is asked again."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return proof_needed(request) or view(request, *args, **kwargs)

    return guarded


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
