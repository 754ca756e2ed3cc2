"""Callbacks' setting of weekly hours: replaced whole, by somebody who saw what they replace; the week before is kept."""

from hashlib import sha256

from django.db import transaction

from accounts.models import Clinic, User
from audit.events import CLINIC_SETTING_CHANGED
from audit.recording import record_change
from audit.scope import Subject
from callbacks.hours_edits import mark_hours_edited
from callbacks.models import ClinicPeriod, PastHours
from callbacks.scheduling.week import Week, WeekPeriod, week_lines
from lib import clock
from lib.errors import ConflictRefusal


class HoursOutdatedRefusal(ConflictRefusal):
    """The hours are not those the person saw when they began to change them."""

    code = "hours_outdated"
    sentence = "Somebody changed these hours in the meantime. Yours are not saved yet."


def stored_week(clinic: Clinic) -> Week:
    """The clinic's weekly hours, in order."""
    rows = ClinicPeriod.objects.filter(clinic=clinic).values_list("weekday", "opens_minute", "closes_minute")
    return tuple(sorted(WeekPeriod(*row) for row in rows))


def mark_of_week(clinic: Clinic, week: Week) -> str:
    """What a page carries to say which hours its person saw; wherever hours were edited, it differs."""
    return sha256("\n".join([str(clinic.pk), clinic.time_zone, *map(str, week)]).encode()).hexdigest()[:32]


def set_week(clinic: Clinic, week: Week, *, seen: str, acting_user: User) -> bool:
    """Replace the clinic's weekly hours; False where they are these already. Due times follow by the next beat.

    `seen` is the mark of the hours the person changed. Raises HoursOutdatedRefusal when others are stored by now.
    Locks the clinic, so that two people save one after the other. Records the week before and after.
    """
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=clinic.pk)
        before, after = stored_week(clinic), tuple(sorted(set(week)))
        if mark_of_week(clinic, before) != seen:
            raise HoursOutdatedRefusal
        if before == after:
            return False
        PastHours.objects.create(
            clinic=clinic,
            periods=[[period.weekday, period.opens_minute, period.closes_minute] for period in before],
            replaced_at=clock.now(),
            replaced_by=acting_user,
        )
        ClinicPeriod.objects.filter(clinic=clinic).delete()
        ClinicPeriod.objects.bulk_create(
            ClinicPeriod(
                clinic=clinic,
                weekday=period.weekday,
                opens_minute=period.opens_minute,
                closes_minute=period.closes_minute,
            )
            for period in after
        )
        mark_hours_edited(clinic.pk)
        record_change(
            CLINIC_SETTING_CHANGED,
            obj=Subject("clinic", str(clinic.pk)),
            clinic_id=clinic.pk,
            fields=["hours"],
            details={"setting": "hours", "old": week_lines(before), "new": week_lines(after)},
        )
    return True


def week_before(clinic: Clinic) -> PastHours | None:
    """The hours that were replaced last, with who did; None when nobody changed them from the page."""
    return (
        PastHours.objects.filter(clinic=clinic).select_related("replaced_by").order_by("-replaced_at", "-pk").first()
    )


def week_of(past: PastHours) -> Week:
    """A kept week as scheduling reads it."""
    return tuple(sorted(WeekPeriod(*period) for period in past.periods))
