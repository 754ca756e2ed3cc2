"""Accounts' landing: the page a person asked for, or starts on by what they may do."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, READ_TRAIL, VIEW_QUEUE


def home_page(user: User) -> str:
    """URL name of the queue, the overview of compliance, administration or the people one runs; without any right, of the
    page that says who can help.
    """
    rights = held_rights(user)
    if rights.allow(VIEW_QUEUE):
        return "callbacks:queue"
    if rights.allow(READ_TRAIL):
        return "audit:overview"
    if rights.allow(ADMINISTER):
        return "admin:index" if user.is_staff else "accounts:people"
    return "accounts:no-work"


def wanted_page(request: HttpRequest) -> str:
    """`next` if it leads into this site, else nothing: anything else is an open redirect and is dropped."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else ""


def landing_page(request: HttpRequest, user: User) -> str:
    """The page that was asked for, or the person's own."""
    return wanted_page(request) or reverse(home_page(user))
