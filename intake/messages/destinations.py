"""Intake's destinations: who takes a call, when VAPI asks for an assistant or for somebody to transfer to."""

from datetime import datetime
from typing import Any

from accounts.models import Clinic
from callbacks.calendars import clinic_calendar
from callbacks.scheduling.hours import is_open, next_opening
from callbacks.scheduling.wording import day_and_clock
from intake.models import Line


def answer_assistant_request(line: Line, *, now: datetime) -> dict[str, Any]:
    """The assistant checked as safe for this line; without one, staff while the clinic is open; else a spoken text.

    Never an assistant the request names: nobody has checked that one.
    """
    if line.assistant_id:
        return {"assistantId": line.assistant_id}
    return _destination(line, now, message="Connecting you to the front desk.") or {"error": spoken_closing(line, now)}


def answer_transfer_request(line: Line, *, now: datetime) -> dict[str, Any]:
    """The clinic's staff while it is open; else a spoken text."""
    return _destination(line, now, message="Transferring you to the front desk now.") or {
        "error": spoken_closing(line, now)
    }


def spoken_closing(line: Line, now: datetime) -> str:
    """What a caller hears when nobody can take the call: when the clinic opens, or that nobody is there."""
    clinic = line.clinic
    opens_at = next_opening(clinic_calendar(clinic), now)
    if is_clinic_open(clinic, now) or opens_at is None:
        return f"{clinic.neutral_name} cannot take your call right now. Please call again later."
    return f"{clinic.neutral_name} is closed. It opens {day_and_clock(opens_at, now, clinic.zone)}. Please call again then."


def is_clinic_open(clinic: Clinic, now: datetime) -> bool:
    return is_open(clinic_calendar(clinic), now)


def _destination(line: Line, now: datetime, *, message: str) -> dict[str, Any] | None:
    """Staff's number, where the line has one and somebody is there to answer it."""
    if not line.staff_number or not is_clinic_open(line.clinic, now):
        return None
    return {"destination": {"type": "number", "number": line.staff_number, "message": message}}
