"""Config's administration site: stock Django admin, every page of it on the trail, one way in."""

from collections.abc import Callable
from functools import update_wrapper, wraps
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver

from accounts.admin import register_people_and_clinics
from accounts.models import User
from accounts.web.sign_in import sign_out
from audit.events import ADMIN_PAGE_VIEWED, ADMIN_RECORD_CHANGED
from audit.policy import audited
from audit.recording import record_change
from audit.scope import Subject


class RingbackAdmin(admin.AdminSite):
    """Opens to administrators only; its own login form, which knows no second factor, leads to ours."""

    site_title = "Ringback"
    site_header = "Ringback administration"
    index_title = "Clinics and people"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_staff and user.has_perm("accounts.administer")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls = super().get_urls()
        _decide(urls)
        return urls

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Signed in without the right: a recorded 403, not Django's way back to a login form."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if isinstance(request.user, User) and not self.has_permission(request):
                raise PermissionDenied
            response: HttpResponse = inner(request, *args, **kwargs)
            return response

        return update_wrapper(guarded, inner)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Nobody signs in here: LoginRequiredMiddleware led to our page before. Who may be here goes on."""
        del extra_context
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    # The stubs promise a template where Django redirects as well.
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Ours: it records who left and clears the browser."""
        del extra_context
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Django's page for one's own password; the change and its event commit together."""
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if response.status_code == HTTPStatus.FOUND:
                record_change(ADMIN_RECORD_CHANGED, obj=Subject("person", str(request.user.pk)), fields=["password"])
        return response


def _decide(urls: list[URLPattern | URLResolver]) -> None:
    """Put every page of the site on the trail, those of registered models included."""
    for entry in urls:
        if isinstance(entry, URLResolver):
            _decide(entry.url_patterns)
        else:
            entry.callback = audited(ADMIN_PAGE_VIEWED)(_as_function(entry.callback))


def _as_function(callback: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Some of the site's views are bound methods, which cannot carry a decision."""

    @wraps(callback)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return callback(request, *args, **kwargs)

    # Django marks them with the site's own login page; ours keeps the address one wanted to go to.
    view.__dict__.pop("login_url", None)
    return view


site = RingbackAdmin()
register_people_and_clinics(site)
