"""Callbacks' template context: whether the clinic is open, for the top bar (`clinic_now`)."""

from typing import Any

from django.http import HttpRequest

from accounts.current_clinic import current_clinic
from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import VIEW_QUEUE
from callbacks.calendars import clinic_calendar
from callbacks.scheduling.hours import is_open
from callbacks.web.words import opening_line
from lib import clock


def clinic_now(request: HttpRequest) -> dict[str, Any]:
    """`clinic_now` for people who work a queue; None for everybody else and before sign-in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not held_rights(user).allow(VIEW_QUEUE):
        return {"clinic_now": None}
    clinic = current_clinic(request)
    if clinic is None:
        return {"clinic_now": None}
    now = clock.now()
    return {
        "clinic_now": {
            "line": opening_line(clinic, now),
            "is_open": is_open(clinic_calendar(clinic), now),
            "local_time": now.astimezone(clinic.zone).strftime("%a %-d %b, %H:%M"),
        }
    }
