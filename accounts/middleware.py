"""Accounts' door: every page behind sign-in opens only to somebody who proved everything and whose desk is not locked."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject

from accounts.emergency import note_emergency
from accounts.sessions import Standing, end_here, note_activity, person_in, seated
from audit.scope import TrailUnwritableError

# Where a session that is not in yet (or locked) has to go on.
LEADS_TO = {Standing.OWES_FACTOR: "accounts:second-factor", Standing.LOCKED: "accounts:locked"}


class DoorMiddleware(LoginRequiredMiddleware):
    """Django's, for sessions that can owe a second factor, be locked or be over.

    `request.user` is nobody in all of these, also where Django's middleware does not look (DRF's views): a page that
    forgot to ask shows nothing. Views say by `open_while` that they serve such a session, and by `without_activity` that
    nobody did anything.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: person_in(request))  # type: ignore[assignment]  # as Django's own
        # Django's asynchronous twin would still name whoever gave a password; nothing here is asynchronous.
        del request.auser

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> Any:
        if not getattr(view_func, "login_required", True):
            return None
        found = seated(request)
        if found.standing is Standing.IN:
            if not getattr(view_func, "is_without_activity", False):
                note_activity(request)
            note_emergency(request)
            return None
        if found.standing in getattr(view_func, "open_standings", ()):
            return None
        if found.standing is Standing.ENDED:
            try:
                end_here(request, found)
            except TrailUnwritableError:
                # Raised here it would be a 500: Django asks no exception handler for middleware.
                return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
        page = LEADS_TO.get(found.standing)
        if page is None:
            return super().process_view(request, view_func, view_args, view_kwargs)
        # What was sent to a locked desk cannot be sent again by leading there.
        wanted = request.get_full_path() if request.method == "GET" else "/"
        return redirect_to_login(wanted, resolve_url(page))
