"""Callbacks' calendars: a clinic's stored hours as the pure calendar that scheduling reckons with."""

from collections import defaultdict
from datetime import date

from accounts.models import Clinic
from callbacks.scheduling.hours import ClinicCalendar, ClosedDays, Period


def clinic_calendar(clinic: Clinic) -> ClinicCalendar:
    """Read the clinic's periods, closures and special days (three queries; cached on the object for the request)."""
    cached: ClinicCalendar | None = getattr(clinic, "_calendar", None)
    if cached is not None:
        return cached
    weekly: dict[int, list[Period]] = defaultdict(list)
    for period in clinic.periods.order_by("weekday", "opens_minute"):
        weekly[period.weekday].append(Period(period.opens_minute, period.closes_minute))
    special: dict[date, list[Period]] = defaultdict(list)
    for day in clinic.special_days.order_by("day_on", "opens_minute"):
        special[day.day_on].append(Period(day.opens_minute, day.closes_minute))
    calendar = ClinicCalendar(
        zone=clinic.zone,
        weekly={weekday: tuple(periods) for weekday, periods in weekly.items()},
        closures=tuple(ClosedDays(closure.first_on, closure.last_on) for closure in clinic.closures.all()),
        special_days={day: tuple(periods) for day, periods in special.items()},
    )
    clinic._calendar = calendar  # type: ignore[attr-defined]  # a request-long cache on the request's own object
    return calendar
