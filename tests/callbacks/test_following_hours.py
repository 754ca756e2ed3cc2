"""Edited hours: whoever saves them marks the clinic, and a beat moves the due times (callbacks.md §2.3)."""

from datetime import date

from accounts.models import Clinic
from audit.background import service_scope
from callbacks.models import ClinicPeriod, Closure, HoursEdit, SpecialDay
from callbacks.services import following_hours
from callbacks.services.following_hours import follow_hours
from tests.callbacks.desk import fresh, local

WEDNESDAY = date(2026, 11, 25)


def follow() -> int:
    with service_scope("worker", route="test"):
        return follow_hours()


def marked() -> list[Clinic]:
    return [edit.clinic for edit in HoursEdit.objects.select_related("clinic")]


def test_a_closure_moves_the_due_time_and_keeps_the_promise(cast, dana):
    assert follow() == 0
    closure = Closure.objects.create(clinic=cast.riverside, first_on=WEDNESDAY, last_on=WEDNESDAY, label="Snow")
    assert marked() == [cast.riverside]
    assert follow() == 1
    assert (fresh(dana).due_at, fresh(dana).promised_by) == (local("2026-11-24 17:00"), dana.promised_by)
    assert (marked(), follow()) == ([], 0)
    closure.delete()
    assert follow() == 1
    assert fresh(dana).due_at == dana.due_at


def test_periods_special_days_and_the_zone_mark_the_clinic_too(cast):
    day = SpecialDay(clinic=cast.hilltop, day_on=WEDNESDAY, opens_minute=600, closes_minute=660)
    period = ClinicPeriod.objects.filter(clinic=cast.hilltop).first()
    for edit in (day.save, day.delete, period.save, period.delete, cast.hilltop.save):
        assert marked() == []
        edit()
        assert marked() == [cast.hilltop], edit
        follow()


def test_a_new_clinic_without_callbacks_is_not_marked(db):
    Clinic.objects.create(name="New", neutral_name="New")
    assert marked() == []


def test_an_edit_during_the_work_is_followed_next_time(cast, dana, monkeypatch, tuesday):
    Closure.objects.create(clinic=cast.riverside, first_on=WEDNESDAY, last_on=WEDNESDAY, label="Snow")
    real = following_hours.recompute_due

    def edited_meanwhile(clinic: Clinic) -> int:
        moved = real(clinic)
        tuesday.shift(1)
        Closure.objects.all().delete()
        cast.riverside.save()
        return moved

    monkeypatch.setattr(following_hours, "recompute_due", edited_meanwhile)
    follow()
    assert marked() == [cast.riverside]
    monkeypatch.undo()
    follow()
    assert (marked(), fresh(dana).due_at) == ([], dana.due_at)
