"""Config's administration site: stock Django admin with few pages, each of them on the trail, and one way in."""

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver

from accounts.admin import register_people_and_clinics
from accounts.admin_pages import DeskAdmin
from accounts.models import User
from accounts.roles import ADMINISTER, WORK_CALLBACKS
from accounts.web.sign_in import sign_out
from audit.events import ADMIN_PAGE_VIEWED, Purpose
from audit.policy import audited
from audit.scope import current_scope
from callbacks.admin import register_callbacks
from intake.admin import register_lines

# What Django's site offers beside these (autocomplete, "view on site" by content type and id) looks into any
# registered model; nobody here needs it.
PAGES = frozenset({"index", "login", "logout", "password_change", "jsi18n", "app_list"})

# Pages in windows of their own, which choose a row by any column and hand it back by script.
WINDOWS = frozenset({IS_POPUP_VAR, TO_FIELD_VAR})


class RingbackAdmin(admin.AdminSite):
    """Opens to people with a working role or an administrator's, and the flag; its own login form, which knows no
    second factor, leads to ours. Each room's pages ask for their own rights.
    """

    site_title = "Ringback"
    site_header = "Ringback administration"
    index_title = "Administration"
    site_url = "/"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Django's, for pages of ours alone: a bare ModelAdmin would write LogEntry and have pages nobody chose."""
        if admin_class is None or not issubclass(admin_class, DeskAdmin):
            raise ImproperlyConfigured("register a model with a subclass of accounts.admin_pages.DeskAdmin")
        super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active or not user.is_staff:
            return False
        return user.has_perm(ADMINISTER) or user.has_perm(WORK_CALLBACKS)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = super().get_urls()
        # Without a name: the pages of registered models, and the last pattern, which answers for unknown addresses.
        urls = [entry for entry in own if getattr(entry, "name", None) in PAGES | {None}]
        _decide(urls)
        return urls

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Signed in without the right: a recorded 403, not Django's way back to a login form."""
        inner = super().admin_view(view, cacheable)
        is_about_callers = getattr(getattr(view, "__self__", None), "is_about_callers", False)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if isinstance(user, User):
                if not self.has_permission(request):
                    raise PermissionDenied
                if WINDOWS & {*request.GET, *request.POST}:
                    raise BadRequest("there are no pop-up windows here")
                if user.has_perm(ADMINISTER) and not is_about_callers:
                    current_scope().purpose = Purpose.SYSTEM_ADMINISTRATION
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
        """Ours: Django's own page knows no brake on guessing and leaves other sessions of the person alive."""
        del request, extra_context
        return redirect("accounts:password")


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
register_callbacks(site)
register_lines(site)
