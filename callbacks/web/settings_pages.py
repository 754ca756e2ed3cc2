"""Callbacks' index of settings: every page on which a clinic's way of working is set, and who finds it there.

A page joins by one line in PAGES.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.guards import requires, signed_in, working_clinic
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, CONFIGURE_CLINIC, SUPERVISE_CALLBACKS
from audit.events import PAGE_VIEWED
from audit.policy import audited


@dataclass(frozen=True)
class SettingsPage:
    """One page of the index: the name of its address, what it does, and the permission it asks for itself."""

    url_name: str
    icon: str
    title: str | Promise
    does: str | Promise
    permission: str


PAGES = (
    SettingsPage(
        "callbacks:hours",
        "clock",
        _("Opening hours"),
        _("When the clinic calls back. Says what other hours would do before they are saved."),
        CONFIGURE_CLINIC,
    ),
    SettingsPage(
        "callbacks:closed-days",
        "history",
        _("Closed days"),
        _("Holidays and other days without calls, and days with hours of their own."),
        CONFIGURE_CLINIC,
    ),
    SettingsPage(
        "callbacks:rules",
        "call-next",
        _("Rules of the desk"),
        _("What follows when a caller is not reached, how the queue is dealt, and how names stand in it."),
        CONFIGURE_CLINIC,
    ),
    SettingsPage(
        "callbacks:contact-rules",
        "phone",
        _("Contact rules"),
        _("Who asked not to be called, or only in a certain way, and until when."),
        SUPERVISE_CALLBACKS,
    ),
    SettingsPage(
        "callbacks:scripts",
        "script",
        _("Scripts"),
        _("What is said at each step of a call, and on voicemail."),
        SUPERVISE_CALLBACKS,
    ),
    SettingsPage(
        "callbacks:crm",
        "repeat",
        _("CRM"),
        _("How the clinic's own systems keep up, and what they refused."),
        SUPERVISE_CALLBACKS,
    ),
    SettingsPage(
        "accounts:people",
        "mine",
        _("People"),
        _("Who works here, and as what."),
        ADMINISTER,
    ),
)


@audited(PAGE_VIEWED)
@requires(CONFIGURE_CLINIC)
@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    """The pages this person may open for the clinic they work in, and their other clinics."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    rights = held_rights(signed_in(request))
    others = [other for other in rights.clinics_with(CONFIGURE_CLINIC) if other != clinic]
    context: dict[str, Any] = {
        "section": "settings",
        "clinic": clinic,
        "others": others,
        "pages": [page for page in PAGES if rights.allow(page.permission, clinic_id=clinic.pk)],
    }
    return render(request, "callbacks/settings.html", context)
