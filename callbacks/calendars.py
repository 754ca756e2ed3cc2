"""Callbacks' calendars: a clinic's stored hours as the pure calendar that scheduling reckons with."""

from collections import defaultdict
from datetime import date

from django.db import connection

from accounts.models import Clinic
from callbacks.scheduling.hours import ClinicCalendar, ClosedDays, Period

# Weekdays, special days and closures in one round trip, each row telling by its columns which it is.
_HOURS = """
    SELECT weekday, NULL::date, NULL::date, opens_minute, closes_minute
    FROM callbacks_clinicperiod WHERE clinic_id = %(clinic)s
    UNION ALL
    SELECT NULL, day_on, NULL, opens_minute, closes_minute FROM callbacks_specialday WHERE clinic_id = %(clinic)s
    UNION ALL
    SELECT NULL, first_on, last_on, NULL, NULL FROM callbacks_closure WHERE clinic_id = %(clinic)s
    ORDER BY 4, 2
"""


def clinic_calendar(clinic: Clinic) -> ClinicCalendar:
    """Read the clinic's periods, closures and special days (one query; cached on the object for the request)."""
    cached: ClinicCalendar | None = getattr(clinic, "_calendar", None)
    if cached is not None:
        return cached
    weekly: dict[int, list[Period]] = defaultdict(list)
    special: dict[date, list[Period]] = defaultdict(list)
    closures: list[ClosedDays] = []
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"clinic": clinic.pk})
        for weekday, first_on, last_on, opens, closes in cursor.fetchall():
            if weekday is not None:
                weekly[weekday].append(Period(opens, closes))
            elif last_on is not None:
                closures.append(ClosedDays(first_on, last_on))
            else:
                special[first_on].append(Period(opens, closes))
    calendar = ClinicCalendar(
        zone=clinic.zone,
        weekly={weekday: tuple(periods) for weekday, periods in weekly.items()},
        closures=tuple(closures),
        special_days={day: tuple(periods) for day, periods in special.items()},
    )
    clinic._calendar = calendar  # type: ignore[attr-defined]  # a request-long cache on the request's own object
    return calendar
