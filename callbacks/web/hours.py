"""Callbacks' page of opening hours: the week as it is typed, what it would do, and saving it whole."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.models import Clinic
from accounts.roles import CONFIGURE_CLINIC
from audit.events import PAGE_VIEWED
from audit.policy import audited, not_audited
from callbacks.calendars import clinic_calendar
from callbacks.scheduling import wording
from callbacks.scheduling.week import Week, open_minutes, week_lines, with_week
from callbacks.services.setting_hours import (
    HoursOutdatedRefusal,
    mark_of_week,
    set_week,
    stored_week,
    week_before,
    week_of,
)
from callbacks.web.hours_grid import MOST_ROWS, HoursGrid
from callbacks.web.hours_words import reckoned
from lib import clock


@audited(PAGE_VIEWED)
@requires(CONFIGURE_CLINIC)
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest) -> HttpResponse:
    """The week of the clinic one works in. A form that is not saved keeps what was typed: 409 when somebody else
    saved meanwhile or one went to another clinic, 422 when it makes no sense.
    """
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    if request.method != "POST":
        past = week_before(clinic) if request.GET.get("earlier") else None
        return _page(
            request,
            clinic,
            HoursGrid.of_week(week_of(past) if past else stored_week(clinic)),
            is_earlier=past is not None,
        )
    if request.POST.get("clinic") != str(clinic.pk):
        sentence = _("You went to another clinic in the meantime; nothing is saved. These are its hours.")
        return _page(request, clinic, HoursGrid.of_week(stored_week(clinic)), refusal=sentence, status=409)
    grid = HoursGrid.of_form(request.POST.dict())
    seen = request.POST.get("seen", "")
    if _is_reworked(grid, request.POST.dict()):
        return _page(request, clinic, grid, seen=seen)
    week = grid.check()
    if request.POST.get("look"):
        return _page(request, clinic, grid, seen=seen, status=200 if week is not None else 422)
    if week is None:
        return _page(request, clinic, grid, seen=seen, status=422)
    try:
        is_changed = set_week(clinic, week, seen=seen, acting_user=signed_in(request))
    except HoursOutdatedRefusal as refusal:
        return _page(request, clinic, grid, refusal=refusal.sentence, is_outdated=True, status=409)
    if is_changed:
        messages.success(request, _("The hours are saved. Due times follow within half a minute."))
    else:
        messages.info(request, _("These are the hours already; nothing was changed."))
    return redirect("callbacks:hours")


@not_audited("Reckons with hours that somebody is typing; saves nothing, and answers in counts without any caller.")
@requires(CONFIGURE_CLINIC)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the typed week would do, for a part of the page; sentences about what is wrong instead where it is."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    grid = HoursGrid.of_form(request.POST.dict())
    week = grid.check()
    context = {"problems": grid.problems, "preview": _preview(clinic, week)}
    return render(request, "callbacks/_hours_preview.html", context)


def _is_reworked(grid: HoursGrid, typed: dict[str, str]) -> bool:
    """Whether a button of the form only changed the grid: one more row, one less, or Monday's hours for other days."""
    if typed.get("copy"):
        grid.copy_monday()
        return True
    if typed.get("add", "") in {str(weekday) for weekday in range(7)}:
        grid.add_row(int(typed["add"]))
        return True
    weekday, _dash, number = typed.get("drop", "").partition("-")
    if weekday in {str(day) for day in range(7)} and number in {str(row) for row in range(MOST_ROWS)}:
        grid.drop_row(int(weekday), int(number))
        return True
    return False


def _preview(clinic: Clinic, week: Week | None) -> dict[str, Any] | None:
    if week is None:
        return None
    found = reckoned(clinic, with_week(clinic_calendar(clinic), week), clock.now())
    hours_open, minutes_open = divmod(open_minutes(week), 60)
    return {**found, "open_text": f"{hours_open} h {minutes_open:02}" if minutes_open else f"{hours_open} h"}


def _page(
    request: HttpRequest,
    clinic: Clinic,
    grid: HoursGrid,
    *,
    seen: str | None = None,
    refusal: str = "",
    is_outdated: bool = False,
    is_earlier: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with this grid; it carries the mark of the hours stored now unless it goes on with an older one."""
    stored, past, week = stored_week(clinic), week_before(clinic), grid.check()
    context = {
        "section": "settings",
        "clinic": clinic,
        "days": grid.days,
        "problems": grid.problems,
        "is_refused": status == HTTPStatus.UNPROCESSABLE_ENTITY,
        "preview": _preview(clinic, week),
        "seen": mark_of_week(clinic, stored) if seen is None else seen,
        "refusal": refusal,
        "now_stored": week_lines(stored) if is_outdated else [],
        "is_earlier": is_earlier,
        "before": past
        and {
            "lines": week_lines(week_of(past)),
            "until": wording.day_and_clock(past.replaced_at, clock.now(), clinic.zone),
            "by": past.replaced_by.display_name,
        },
    }
    return render(request, "callbacks/hours.html", context, status=status)
