"""Callbacks' sentences about hours: what other hours would do, before anybody saves them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _, ngettext

from accounts.models import Clinic
from callbacks.scheduling import wording
from callbacks.scheduling.hours import ClinicCalendar
from callbacks.services.previewing import HoursPreview, preview_calendar


def reckoned(clinic: Clinic, calendar: ClinicCalendar, now: datetime) -> dict[str, Any]:
    """What `_hours_preview.html` shows of a calendar the clinic might have."""
    found = preview_calendar(clinic, calendar, now)
    return {
        "call_now": call_now_line(found, clinic.zone),
        "is_kept": found.is_kept,
        "lines": waiting_lines(found),
        "open_text": "",
    }


def call_now_line(preview: HoursPreview, zone: ZoneInfo) -> str:
    """`A call now would be due Tue 24 Nov, 11:40.`"""
    if preview.due_at is None:
        return _("A call now would have no time to be called back within 21 days.")
    due = {"due": wording.date_and_clock(preview.due_at, zone)}
    if preview.is_kept:
        return _("A call now would be due %(due)s.") % due
    return _("A call now would be due %(due)s, later than the 24 hours promised.") % due


def waiting_lines(preview: HoursPreview) -> list[str]:
    """What would become of the callbacks that wait, in sentences; none where none waits."""
    if not preview.waiting:
        return [_("No callback is waiting.")]
    lines = [
        ngettext("%(n)s open callback moves.", "%(n)s open callbacks move.", preview.moved) % {"n": preview.moved}
        if preview.moved
        else _("No open callback moves.")
    ]
    if preview.lost:
        lines.append(
            ngettext("%(n)s promise can no longer be kept.", "%(n)s promises can no longer be kept.", preview.lost)
            % {"n": preview.lost}
        )
    if preview.regained:
        lines.append(
            ngettext("%(n)s promise can be kept again.", "%(n)s promises can be kept again.", preview.regained)
            % {"n": preview.regained}
        )
    if preview.looked_at < preview.waiting:
        lines.append(
            _("Reckoned for the %(n)s due first of %(all)s.") % {"n": preview.looked_at, "all": preview.waiting}
        )
    return lines
