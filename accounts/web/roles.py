"""Accounts' page of roles: who may do and see what, and what never, for administrators and officers. Read-only."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Role
from accounts.role_words import rights, role_cards
from accounts.roles import ADMINISTER, READ_TRAIL
from audit.events import PAGE_VIEWED
from audit.policy import audited


@audited(PAGE_VIEWED)
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """Every role and every permission string, from accounts/roles.py itself."""
    if not (request.user.has_perm(ADMINISTER) or request.user.has_perm(READ_TRAIL)):
        raise PermissionDenied
    desk, pages = rights()
    context = {
        "section": "roles",
        "cards": role_cards(),
        "labels": [role.label for role in Role],
        "parts": [("desk", desk), ("administration", pages)],
    }
    return render(request, "accounts/roles.html", context)
