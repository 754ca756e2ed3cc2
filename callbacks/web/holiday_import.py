"""Callbacks' import of holidays: a year's public holidays to tick one by one; nothing is closed by itself."""

from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods

from accounts.guards import requires, working_clinic
from accounts.models import Clinic
from accounts.roles import CONFIGURE_CLINIC
from audit.events import PAGE_VIEWED
from audit.policy import audited
from callbacks.calendars import clinic_calendar
from callbacks.public_holidays import ProposedDay, proposed_days
from callbacks.scheduling.wording import dates
from callbacks.services.setting_closed_days import ClosedAlreadyRefusal, close_days
from callbacks.web.closed_days import ticked_days
from callbacks.web.hours_words import reckoned
from lib import clock

MOST_YEARS_AHEAD = 2


@audited(PAGE_VIEWED)
@requires(CONFIGURE_CLINIC)
@require_http_methods(["GET", "POST"])
def holiday_import(request: HttpRequest) -> HttpResponse:
    """The holidays of a year (`year`, this one or the two after it) still to come; those ticked are closed on POST."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    today = clock.now().astimezone(clinic.zone).date()
    year = _year(request, today)
    proposed = [one for one in proposed_days(clinic.region, year) if one.day >= today]
    if request.method != "POST":
        return _page(request, clinic, year, proposed, today)
    ticked = set(ticked_days(request))
    wanted = [one for one in proposed if one.day in ticked]
    if not wanted:
        return _page(request, clinic, year, proposed, today, problem=_("Tick the days on which the clinic is closed."))
    try:
        count = close_days(clinic, [(one.day, one.day, one.label) for one in wanted])
    except ClosedAlreadyRefusal as refusal:
        return _page(request, clinic, year, proposed, today, problem=refusal.sentence)
    said = ngettext("%(n)s day is closed.", "%(n)s days are closed.", count) % {"n": count}
    messages.success(request, said)
    return redirect("callbacks:closed-days")


def _year(request: HttpRequest, today: date) -> int:
    text = str((request.POST if request.method == "POST" else request.GET).get("year", ""))
    offered = {str(year): year for year in _years(today)}
    return offered.get(text, today.year)


def _years(today: date) -> range:
    return range(today.year, today.year + MOST_YEARS_AHEAD + 1)


def _page(
    request: HttpRequest, clinic: Clinic, year: int, proposed: list[ProposedDay], today: date, *, problem: str = ""
) -> HttpResponse:
    calendar, now = clinic_calendar(clinic), clock.now()
    rows: list[dict[str, Any]] = [
        {
            "value": one.day.isoformat(),
            "days": dates(one.day, one.day),
            "label": one.label,
            "is_official": one.is_official,
            "is_closed": any(one.day in closure for closure in calendar.closures),
            "is_shut_anyway": not calendar.weekly.get(one.day.weekday()),
        }
        for one in proposed
    ]
    context = {
        "section": "settings",
        "clinic": clinic,
        "year": year,
        "years": _years(today),
        "rows": rows,
        "problem": problem,
        "preview": reckoned(clinic, calendar, now),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, "callbacks/holiday_import.html", context, status=status)
