"""Callbacks' page of closed days: closures and days with hours of their own, what they would do, and taking them away."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import requires, signed_in, working_clinic
from accounts.models import Clinic
from accounts.roles import CONFIGURE_CLINIC
from audit.events import CLINIC_SETTING_CHANGED, PAGE_VIEWED
from audit.policy import audited, not_audited
from callbacks.access import access_row
from callbacks.calendars import clinic_calendar
from callbacks.models import Closure, SpecialDay
from callbacks.queries.closed_days import coming_days, past_days
from callbacks.scheduling.hours import ClosedDays, Period
from callbacks.scheduling.week import WeekPeriod, overlapping, with_closures, with_special_day
from callbacks.scheduling.wording import dates
from callbacks.services.setting_closed_days import (
    ClosedAlreadyRefusal,
    close_days,
    drop_special_day,
    open_days,
    set_special_day,
)
from callbacks.web.forms import SentenceForm, typed_in
from callbacks.web.hours_grid import GridRow, StretchError, read_stretch, typed_row
from callbacks.web.hours_words import reckoned
from lib import clock

# A mistyped year must not close a clinic for ever.
LONGEST_RUN = timedelta(days=120)
FURTHEST = timedelta(days=3 * 366)
# Stretches of a special day: as many as its form shows.
STRETCHES = ("own-0", "own-1")


class DayForm(SentenceForm):
    """What both forms of the page check: days to come, of a calendar somebody may mean."""

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        self.today: date = clock.now().astimezone(clinic.zone).date()
        super().__init__(*args, **kwargs)

    def check_day(self, day: date) -> date:
        if not self.today <= day <= self.today + FURTHEST:
            raise forms.ValidationError(_("Give a day from today on, at most three years ahead."))
        return day


class ClosureForm(DayForm):
    """A run of closed days, both included; one day where no last one is given."""

    first_on = forms.DateField(
        error_messages={
            "required": gettext_lazy("Give the first closed day."),
            "invalid": gettext_lazy("Give the first closed day as a date."),
        }
    )
    last_on = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("Give the last closed day as a date.")}
    )
    label = forms.CharField(
        max_length=80,
        error_messages={
            "required": gettext_lazy("Say why the clinic is closed, as “Staff training”."),
            "max_length": gettext_lazy("Keep the reason under 80 characters."),
        },
    )

    def clean_last_on(self) -> date | None:
        last: date | None = self.cleaned_data["last_on"] or self.cleaned_data.get("first_on")
        first: date | None = self.cleaned_data.get("first_on")
        if first is None or last is None:
            return last
        if last < first:
            raise forms.ValidationError(_("The last closed day comes before the first."))
        if last - first > LONGEST_RUN:
            raise forms.ValidationError(_("Close at most 120 days in a row."))
        self.check_day(last)
        return last

    @property
    def days(self) -> ClosedDays:
        return ClosedDays(self.cleaned_data["first_on"], self.cleaned_data["last_on"])


class SpecialDayForm(DayForm):
    """A date with one or two stretches of its own."""

    day_on = forms.DateField(
        error_messages={
            "required": gettext_lazy("Give the day."),
            "invalid": gettext_lazy("Give the day as a date."),
        }
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, clinic=clinic, **kwargs)
        self.rows: list[GridRow] = [typed_row(self.data, key) for key in STRETCHES]

    def clean_day_on(self) -> date:
        return self.check_day(self.cleaned_data["day_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["periods"] = ()
        try:
            minutes = [read_stretch(row) for row in self.rows if not row.is_blank]
        except StretchError as error:
            raise forms.ValidationError(_("Of the hours: %(why)s") % {"why": error.sentence}) from error
        if not minutes:
            raise forms.ValidationError(_("Give the hours of that day. A day without any is a closed day."))
        if overlapping(WeekPeriod(0, *stretch) for stretch in minutes):
            raise forms.ValidationError(_("The two stretches overlap."))
        cleaned["periods"] = tuple(Period(*stretch) for stretch in sorted(minutes))
        return cleaned


@audited(PAGE_VIEWED)
@requires(CONFIGURE_CLINIC)
@require_GET
def closed_days(request: HttpRequest) -> HttpResponse:
    """The days to come on which the clinic is closed or open at other hours, and the past ones folded away."""
    return _page(request, working_clinic(request, CONFIGURE_CLINIC))


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close the clinic for a day or several."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    form = ClosureForm(request.POST, clinic=clinic)
    if not form.is_valid():
        return _page(request, clinic, closure=form)
    days = form.days
    try:
        close_days(clinic, [(days.first, days.last, form.cleaned_data["label"])])
    except ClosedAlreadyRefusal as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, clinic, closure=form)
    messages.success(
        request, _("Closed: %(days)s. Due times follow within half a minute.") % {"days": dates(days.first, days.last)}
    )
    return redirect("callbacks:closed-days")


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def special(request: HttpRequest) -> HttpResponse:
    """Give a date hours of its own."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    form = SpecialDayForm(request.POST, clinic=clinic)
    if not form.is_valid():
        return _page(request, clinic, special=form)
    day = form.cleaned_data["day_on"]
    set_special_day(clinic, day, form.cleaned_data["periods"])
    messages.success(
        request, _("%(day)s has hours of its own. Due times follow within half a minute.") % {"day": dates(day, day)}
    )
    return redirect("callbacks:closed-days")


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def open_again(request: HttpRequest, closure_id: UUID) -> HttpResponse:
    """Take a closure away."""
    closure = access_row(
        Closure.objects.all(),
        user=signed_in(request),
        public_id=closure_id,
        kind="closure",
        permission=CONFIGURE_CLINIC,
    )
    open_days(closure)
    messages.success(request, _("%(days)s: no longer closed.") % {"days": dates(closure.first_on, closure.last_on)})
    return redirect("callbacks:closed-days")


@audited(CLINIC_SETTING_CHANGED)
@requires(CONFIGURE_CLINIC)
@require_POST
def remove_special(request: HttpRequest, special_day_id: UUID) -> HttpResponse:
    """Take a date's own hours away."""
    found = access_row(
        SpecialDay.objects.all(),
        user=signed_in(request),
        public_id=special_day_id,
        kind="special_day",
        permission=CONFIGURE_CLINIC,
    )
    drop_special_day(found)
    messages.success(request, _("%(day)s is an ordinary day again.") % {"day": dates(found.day_on, found.day_on)})
    return redirect("callbacks:closed-days")


@not_audited("Reckons with days that somebody is choosing; saves nothing, and answers in counts without any caller.")
@requires(CONFIGURE_CLINIC)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the days in a form would do: a run of closed days, holidays that are ticked, or a date's own hours."""
    clinic = working_clinic(request, CONFIGURE_CLINIC)
    calendar = clinic_calendar(clinic)
    closure, special_day = ClosureForm(request.POST, clinic=clinic), SpecialDayForm(request.POST, clinic=clinic)
    if "first_on" in request.POST:
        # Nobody has to say why before they learn what it does.
        closure.fields["label"].required = False
        if closure.is_valid():
            calendar = with_closures(calendar, [closure.days])
    elif "day_on" in request.POST:
        if special_day.is_valid():
            calendar = with_special_day(
                calendar, special_day.cleaned_data["day_on"], special_day.cleaned_data["periods"]
            )
    else:
        calendar = with_closures(calendar, [ClosedDays(day, day) for day in ticked_days(request)])
    return render(request, "callbacks/_hours_preview.html", {"preview": reckoned(clinic, calendar, clock.now())})


def ticked_days(request: HttpRequest) -> list[date]:
    """The dates a form ticks; what is no date is passed over."""
    found = []
    for text in request.POST.getlist("days"):
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            continue
    return found


def _page(
    request: HttpRequest, clinic: Clinic, *, closure: ClosureForm | None = None, special: SpecialDayForm | None = None
) -> HttpResponse:
    """The page; a form that was refused stands in it as it was typed."""
    now = clock.now()
    today = now.astimezone(clinic.zone).date()
    refused = closure or special
    context = {
        "section": "settings",
        "clinic": clinic,
        "coming": coming_days(clinic, today),
        "past": past_days(clinic, today),
        "today": today.isoformat(),
        "years": [today.year, today.year + 1],
        "closure": typed_in(closure, "first_on", "last_on", "label"),
        "closure_problem": closure.first_sentence if closure is not None else "",
        "special": typed_in(special, "day_on"),
        "special_problem": special.first_sentence if special is not None else "",
        "stretches": special.rows if special is not None else [GridRow(key) for key in STRETCHES],
        "preview": reckoned(clinic, clinic_calendar(clinic), now),
    }
    status = HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "callbacks/closed_days.html", context, status=status)
