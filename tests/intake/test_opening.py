"""From a report to a callback: what was promised, who must look first, and whose earlier callback it joins."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from audit.background import service_scope
from audit.events import CALLBACK_MERGED, CALLBACK_OPENED, DELIVERY_OPENED
from callbacks.models import Callback, Caller
from callbacks.states import ClosedReason, Status
from intake.models import Delivery, DeliveryJob, Line
from intake.models.job import JobState
from intake.services.opening import DeliveryWork, open_delivery
from intake.tasks import open_callback
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import report, send
from tests.payloads import read_payload
from vault.reveal import reveal

NEW_YORK = ZoneInfo("America/New_York")


def local(text: str) -> datetime:
    """`2026-11-24 10:00` on the clinic's wall, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.fixture
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def opened(message, url: str = "/webhook/vapi") -> Callback:
    """The callback that a report leads to."""
    public_id = send(message, url=url).json()["id"]
    with service_scope("worker", route="test"):
        assert open_delivery(public_id)
    return Delivery.objects.get(pk=public_id).callback


def told(callback: Callback) -> tuple[str | None, ...]:
    """Name, number, called-from and words, as the caller gave them."""
    with service_scope("worker", route="test", tag=DELIVERY_OPENED):
        return reveal(callback, "first_name", "phone", "called_from", "preferred_words")


SHAPES = {
    "vapi/01_end_of_call_report_modern.json": ("Dana", "+12025550143", "follow-up", "morning", "open"),
    "vapi/02_end_of_call_report_structured_outputs.json": ("Dana", "+12025550143", "follow-up", "morning", "open"),
    "vapi/20_article_flat_structured_data_extracted.json": ("John", "5555550123", "follow-up", "morning", "review"),
    "vapi/21_article_flat_end_of_call_report.json": ("John", "+15555550123", "consultation", "morning", "review"),
    "vapi/22_article_message_wrapper_end_of_call_report.json": (
        "John",
        "555-0123",
        "consultation",
        "morning",
        "review",
    ),
    "vapi/03a_end_of_call_report_hipaa_private_storage.json": ("Dana", "+12025550143", "follow-up", "morning", "open"),
    "vapi/04_end_of_call_report_never_connected.json": (None, "+12025550143", "unspecified", "any", "review"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_a_report_becomes_a_callback(tuesday, name):
    first_name, phone, wants, window, state = SHAPES[name]
    callback = opened(read_payload(name))
    assert told(callback)[:2] == (first_name, phone)
    assert (callback.appointment_type, callback.preferred_window) == (wants, window)
    assert callback.status == (Status.OPEN if state == "open" else Status.NEEDS_REVIEW)
    assert callback.clinic.name == "Riverside Family Clinic"
    assert callback.ref == f"CB-{callback.number}"


@pytest.mark.django_db(transaction=True)
def test_the_read_is_recorded_first_and_the_opening_with_it(tuesday, trail):
    callback = opened(report())
    (read,), (change,) = trail.events(DELIVERY_OPENED), trail.events(CALLBACK_OPENED)
    assert (read["actor_id"], read["phi_accessed"]) == ("worker", True)
    assert read["fields"] == ["called_from", "first_name", "phone"]
    assert read["object_id"] == str(callback.deliveries.get().pk)
    assert (change["object_id"], change["subject_id"]) == (str(callback.pk), str(callback.caller_id))
    assert change["clinic_id"] == str(callback.clinic_id)
    opened(report())
    (merge,) = trail.events(CALLBACK_MERGED)
    assert (merge["object_id"], merge["details"]) == (str(callback.pk), {"repeat_count": 2})


@pytest.mark.parametrize(
    ("ended", "due", "flags"),
    [
        ("2026-11-17 10:00", "2026-11-18 10:00", []),
        ("2026-11-17 21:30", "2026-11-18 17:00", []),
        ("2026-11-20 16:50", "2026-11-23 09:00", ["promise_unkeepable"]),
        ("2026-11-20 14:00", "2026-11-20 17:00", []),
        ("2026-11-21 11:00", "2026-11-23 09:00", ["promise_unkeepable"]),
        ("2026-10-31 14:30", "2026-11-02 09:00", ["promise_unkeepable"]),
    ],
)
def test_the_promise_runs_from_the_end_of_the_call_and_due_is_the_last_workable_moment(cast, ended, due, flags):
    with time_machine.travel(local(ended) + timedelta(minutes=3), tick=False):
        callback = opened(report(ended_at=local(ended), preferredTime=None))
    assert callback.received_at == local(ended)
    assert callback.promised_by == local(ended).astimezone(UTC) + timedelta(hours=24)
    assert callback.due_at == local(due)
    assert callback.flags == flags


def test_an_urgent_caller_is_due_after_thirty_open_minutes(cast):
    with time_machine.travel(local("2026-11-17 11:50"), tick=False):
        callback = opened(report(appointmentType="urgent"))
    assert callback.urgency == "urgent"
    assert callback.due_at == local("2026-11-17 13:20")


def test_an_urgent_caller_of_a_saturday_night_says_so(cast):
    with time_machine.travel(local("2026-11-21 22:00"), tick=False):
        callback = opened(report(appointmentType="urgent"))
    assert callback.due_at == local("2026-11-23 08:30")
    assert "urgent_while_closed" in callback.flags


@pytest.mark.parametrize(
    ("ended_before_delivery", "counted_before_delivery"),
    [(timedelta(hours=5),) * 2, (timedelta(hours=30), timedelta(hours=24)), (timedelta(hours=-1), timedelta())],
)
def test_a_late_report_keeps_the_old_promise_within_a_day(tuesday, ended_before_delivery, counted_before_delivery):
    callback = opened(report(ended_at=OPEN_TUESDAY - ended_before_delivery))
    assert callback.received_at == OPEN_TUESDAY - counted_before_delivery
    assert callback.promised_by == callback.received_at + timedelta(hours=24)


def test_a_clinic_without_hours_has_no_due_time_and_says_so(tuesday, cast):
    cast.riverside.periods.all().delete()
    callback = opened(report())
    assert callback.due_at is None
    assert {"no_callable_time", "promise_unkeepable"} <= set(callback.flags)


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        ({"patientFirstName": None}, ["missing_name"]),
        ({"patientFirstName": "X Æ A-12"}, ["odd_name"]),
        ({"patientFirstName": "Dana Lee"}, []),
        ({"callbackNumber": "555-0123"}, ["possible_number"]),
        ({"callbackNumber": "12"}, ["invalid_number"]),
        ({"callbackNumber": "+12025550143 ext 5"}, ["number_with_extension"]),
        ({"callbackNumber": None}, ["number_from_caller_id"]),
        ({"appointmentType": "surgery"}, ["unknown_appointment_type"]),
        ({"ssn": "000-00-0000"}, ["unexpected_keys"]),
    ],
)
def test_a_defect_is_a_reason_for_review_and_the_clock_runs(tuesday, asked, reasons):
    callback = opened(report(**asked))
    assert callback.review_reasons == reasons
    assert callback.status == (Status.NEEDS_REVIEW if reasons else Status.OPEN)
    assert callback.promised_by == OPEN_TUESDAY + timedelta(hours=24)
    assert callback.due_at is not None


def test_the_number_dictated_and_the_one_called_from_are_both_kept(tuesday):
    callback = opened(report(callbackNumber="+12025550143", called_from="+12025550188"))
    assert told(callback)[1:3] == ("+12025550143", "+12025550188")
    assert callback.called_from_differs
    assert not opened(report(callbackNumber="+12025550150", called_from="+12025550150")).called_from_differs


class TestARepeatCaller:
    """Same clinic, number and first name: one callback, whose promise stays and whose urgency only rises."""

    def test_joins_the_open_callback(self, tuesday):
        first = opened(report())
        tuesday.shift(timedelta(hours=2))
        again = opened(report(patientFirstName="  DANA "))
        assert again == first
        assert again.repeat_count == 2
        assert again.promised_by == first.promised_by
        # Whoever is talking to the caller right now must be able to save.
        assert again.version == first.version
        assert Delivery.objects.filter(callback=first).count() == 2

    def test_only_raises_the_urgency(self, tuesday):
        opened(report(appointmentType="consultation"))
        urgent = opened(report(appointmentType="urgent"))
        assert (urgent.urgency, urgent.priority_group) == ("urgent", 0)
        assert opened(report(appointmentType="follow-up")).urgency == "urgent"

    def test_says_its_latest_preference(self, tuesday):
        opened(report(preferredTime="morning"))
        assert opened(report(preferredTime="afternoon")).preferred_window == "afternoon"
        assert opened(report(preferredTime=None)).preferred_window == "afternoon"

    def test_adds_its_defects_for_review(self, tuesday):
        assert opened(report()).status == Status.OPEN
        again = opened(report(appointmentType="surgery"))
        assert again.status == Status.NEEDS_REVIEW
        assert again.review_reasons == ["unknown_appointment_type"]

    def test_is_a_new_callback_once_the_first_is_closed(self, tuesday):
        first = opened(report())
        Callback.objects.update(status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now())
        again = opened(report())
        assert again != first
        assert again.caller == first.caller

    def test_of_the_same_phone_and_another_name_is_another_caller_of_the_household(self, tuesday):
        dana, chen = opened(report()), opened(report(patientFirstName="Chen"))
        assert dana != chen
        assert dana.caller.phone_index == chen.caller.phone_index
        assert dana.caller.name_index != chen.caller.name_index

    def test_of_another_clinic_is_another_caller_and_cannot_be_linked(self, tuesday, cast):
        dana = opened(report())
        Delivery.objects.update(line=Line.objects.create(clinic=cast.riverside, name="second"))
        Line.objects.filter(pk=cast.line.pk).update(clinic=cast.hilltop)
        other = opened(report())
        assert other.clinic == cast.hilltop
        assert other.caller.phone_index != dana.caller.phone_index

    def test_without_a_number_is_recognised_by_nobody(self, tuesday):
        nobody = report(callbackNumber=None, called_from="anonymous")
        first = opened(nobody)
        second = opened(report(callbackNumber=None, called_from="anonymous"))
        assert first != second
        assert Caller.objects.filter(phone_index="").count() == 2
        assert "missing_number" in first.review_reasons


def test_work_is_done_oldest_first_and_counted(tuesday):
    for _ in range(3):
        send(report(callbackNumber=f"+1202555010{DeliveryJob.objects.count()}"))
        tuesday.shift(timedelta(seconds=1))
    work = DeliveryWork()
    assert work.count_pending() == 3
    with service_scope("worker", route="test"):
        assert [work.work_off(limit=2), work.work_off(limit=2), work.work_off(limit=2)] == [2, 1, 0]
    assert work.count_pending() == 0
    assert set(DeliveryJob.objects.values_list("state", "lease_until")) == {(JobState.DONE, None)}


def test_opening_twice_is_opening_once(tuesday):
    callback = opened(report())
    with service_scope("worker", route="test"):
        assert not open_delivery(callback.deliveries.get().pk)
    assert Callback.objects.count() == 1


def test_whoever_answers_a_ring_looks_for_other_rows_too(cast, tuesday):
    """In a storm one ring stands for many."""
    first = send(report()).json()["id"]
    for _ in range(3):
        send(report(callbackNumber="+12025550144"))
    open_callback(first)
    assert set(DeliveryJob.objects.values_list("state", flat=True)) == {JobState.DONE}
