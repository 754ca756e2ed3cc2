"""Callbacks' weekly hours: a week's opening hours as somebody says them on the phone."""

from collections.abc import Iterator
from itertools import groupby

from django.utils.translation import gettext as _, gettext_lazy

from callbacks.scheduling.hours import ClinicCalendar, Period

NOON, MIDNIGHT = 12 * 60, 24 * 60
WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


def weekly_hours(calendar: ClinicCalendar) -> str:
    """Say the week: "Monday to Friday from 8 AM to noon and 1 PM to 5 PM"; "" for a clinic without weekly hours."""
    return "; ".join(_stretches(calendar))


def _stretches(calendar: ClinicCalendar) -> Iterator[str]:
    """Days in a row with the same hours are said together."""
    for periods, run in groupby(range(7), key=lambda day: tuple(calendar.weekly.get(day, ()))):
        if not periods:
            continue
        days = list(run)
        spoken = str(WEEKDAYS[days[0]])
        if len(days) > 1:
            spoken = _("%(first)s to %(last)s") % {"first": spoken, "last": WEEKDAYS[days[-1]]}
        yield _("%(days)s from %(hours)s") % {"days": spoken, "hours": _said(periods)}


def _said(periods: tuple[Period, ...]) -> str:
    spans = [
        _("%(opens)s to %(closes)s") % {"opens": _clock(one.opens_minute), "closes": _clock(one.closes_minute)}
        for one in sorted(periods, key=lambda one: one.opens_minute)
    ]
    return _(" and ").join(spans)


def _clock(minute: int) -> str:
    """As in "8 AM", "1:30 PM", "noon", "midnight"."""
    if minute % MIDNIGHT == 0:
        return _("midnight")
    if minute == NOON:
        return _("noon")
    hour, rest = divmod(minute, 60)
    half = _("AM") if hour < 12 else _("PM")
    return f"{hour % 12 or 12}:{rest:02} {half}" if rest else f"{hour % 12 or 12} {half}"
