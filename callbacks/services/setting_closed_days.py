"""Callbacks' setting of closed days and of days with hours of their own; due times follow by the next beat."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from accounts.models import Clinic
from audit.events import CLINIC_SETTING_CHANGED
from audit.recording import record_change
from audit.scope import Subject
from callbacks.hours_edits import mark_hours_edited
from callbacks.models import Closure, SpecialDay
from callbacks.scheduling.hours import Period
from callbacks.scheduling.week import clock_text
from lib.errors import Refusal


class ClosedAlreadyRefusal(Refusal):
    """Every one of the days is closed already."""

    code = "closed_already"
    status = 422
    sentence = "The clinic is closed on these days already."


def close_days(clinic: Clinic, runs: Iterable[tuple[date, date, str]]) -> int:
    """Close the clinic on runs of days (first, last, why), both included; how many runs are new.

    A run that lies within a closed one already is passed over. Raises ClosedAlreadyRefusal when none is new. Locks the
    clinic. Records the days and not why: that is somebody's own text.
    """
    with transaction.atomic():
        Clinic.objects.select_for_update().get(pk=clinic.pk)
        standing = Closure.objects.filter(clinic=clinic)
        fresh = [
            Closure(clinic=clinic, first_on=first, last_on=last, label=label)
            for first, last, label in runs
            if not standing.filter(first_on__lte=first, last_on__gte=last).exists()
        ]
        if not fresh:
            raise ClosedAlreadyRefusal
        Closure.objects.bulk_create(fresh)
        mark_hours_edited(clinic.pk)
        _record(clinic.pk, "closed_days", new=[_run(closure) for closure in fresh])
    return len(fresh)


def open_days(closure: Closure) -> None:
    """Take a closure away: its days are ordinary again."""
    with transaction.atomic():
        closure.delete()
        _record(closure.clinic_id, "closed_days", old=[_run(closure)])


def set_special_day(clinic: Clinic, day: date, periods: tuple[Period, ...]) -> None:
    """Give a date hours of its own; they replace those it had before. Locks the clinic."""
    with transaction.atomic():
        Clinic.objects.select_for_update().get(pk=clinic.pk)
        before = SpecialDay.objects.filter(clinic=clinic, day_on=day).order_by("opens_minute")
        old = [_special(row) for row in before]
        before.delete()
        rows = [
            SpecialDay(clinic=clinic, day_on=day, opens_minute=one.opens_minute, closes_minute=one.closes_minute)
            for one in periods
        ]
        SpecialDay.objects.bulk_create(rows)
        mark_hours_edited(clinic.pk)
        _record(clinic.pk, "special_day", old=old, new=[_special(row) for row in rows])


def drop_special_day(special_day: SpecialDay) -> None:
    """Take a date's own hours away, all of them: it is an ordinary day again."""
    with transaction.atomic():
        rows = SpecialDay.objects.filter(clinic=special_day.clinic_id, day_on=special_day.day_on)
        old = [_special(row) for row in rows.order_by("opens_minute")]
        rows.delete()
        _record(special_day.clinic_id, "special_day", old=old)


def _record(clinic_id: UUID, setting: str, *, old: list[str] | None = None, new: list[str] | None = None) -> None:
    record_change(
        CLINIC_SETTING_CHANGED,
        obj=Subject("clinic", str(clinic_id)),
        clinic_id=clinic_id,
        fields=[setting],
        details={"setting": setting, "old": old or [], "new": new or []},
    )


def _run(closure: Closure) -> str:
    return f"{closure.first_on}/{closure.last_on}"


def _special(row: SpecialDay) -> str:
    return f"{row.day_on} {clock_text(row.opens_minute)}-{clock_text(row.closes_minute)}"
