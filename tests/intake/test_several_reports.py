"""Several reports of one call: the later fills what was empty, a difference is flagged, nothing is overwritten
(decision 8), and the article's two messages of one call are one callback.
"""

import random
from datetime import timedelta

import pytest
import time_machine

from audit.background import service_scope
from audit.events import CALLBACK_SUPPLEMENTED, DELIVERY_OPENED, DELIVERY_RECEIVED
from callbacks.models import Callback, Caller
from callbacks.states import ClosedReason, Status
from intake.models import Delivery, DeliveryJob
from intake.services.opening import DeliveryWork, open_delivery
from lib import clock
from lib.keyring import index_keys
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.intake.reports import report, send, stored
from vault.blind_index import index_value
from vault.reveal import reveal

CALL = "call-1"


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def open_all():
    with service_scope("worker", route="test"):
        DeliveryWork().work_off(limit=100)


def deliver(**asked):
    """A report of the call, opened; its outcome."""
    outcome = send(report(call_id=CALL, **asked)).json()["outcome"]
    open_all()
    return outcome


def told():
    """Name, number and words of the one callback."""
    with service_scope("worker", route="test", tag=DELIVERY_OPENED):
        return reveal(Callback.objects.get(), "first_name", "phone", "preferred_words")


SPARSE = {"patientFirstName": None, "appointmentType": None, "preferredTime": None}


class TestALaterRicherReport:
    def test_fills_what_was_empty(self, cast):
        assert deliver(**SPARSE) == "needs_review"
        assert deliver(preferredTime="after 3, my niece drives me", language="es") == "queued"
        callback = Callback.objects.get()
        assert told() == ("Dana", "+12025550143", "after 3, my niece drives me")
        assert (callback.appointment_type, callback.preferred_window, callback.language) == (
            "follow-up", "afternoon", "es",
        )  # fmt: skip
        assert callback.repeat_count == 1
        assert Delivery.objects.filter(callback=callback).count() == 2

    def test_settles_the_reasons_to_look(self, cast):
        deliver(**SPARSE)
        assert Callback.objects.get().review_reasons == ["missing_name"]
        deliver()
        callback = Callback.objects.get()
        assert (callback.review_reasons, callback.status) == ([], Status.OPEN)

    def test_brings_the_number_that_was_missing(self, cast):
        deliver(callbackNumber=None, called_from="anonymous")
        callback = Callback.objects.get()
        assert (callback.phone, callback.caller.phone_index) == (None, "")
        deliver(called_from="anonymous", callbackNumber="+14155550143")
        again = Callback.objects.get()
        assert told()[1] == "+14155550143"
        assert again.zone_names == ["America/Los_Angeles"]
        assert again.phone_is_valid
        assert again.promised_by == callback.promised_by
        # Nine in the morning there is noon here: a call must wait, and is due by the end of the day all the same.
        assert again.due_at is not None

    def test_lets_the_caller_be_recognised_under_the_same_id(self, cast):
        deliver(callbackNumber=None, called_from="anonymous", patientFirstName=None)
        before = Callback.objects.get().caller_id
        deliver(called_from="anonymous")
        caller = Caller.objects.get()
        assert caller.pk == before
        assert caller.phone_index == index_value("phone", "+12025550143", clinic_id=cast.riverside.pk)
        send(report(call_id="another-call", called_from="anonymous"))
        open_all()
        assert Callback.objects.get().repeat_count == 2

    def test_leaves_a_caller_alone_who_is_known_by_that_already(self, cast):
        send(report(call_id="earlier"))
        open_all()
        deliver(callbackNumber=None, called_from="anonymous")
        deliver(called_from="anonymous")
        assert Caller.objects.exclude(phone_index="").count() == 1
        assert Callback.objects.count() == 2

    def test_replaces_the_line_called_from_by_the_number_dictated(self, cast):
        """Nobody had said the first one."""
        deliver(callbackNumber=None, called_from="+12025550188")
        assert told()[1] == "+12025550188"
        assert deliver(called_from="+12025550188") == "queued"
        callback = Callback.objects.get()
        assert told()[1] == "+12025550143"
        assert (callback.review_reasons, callback.called_from_differs) == ([], True)

    def test_makes_it_urgent(self, cast):
        deliver(appointmentType="consultation")
        deliver(appointmentType="urgent")
        callback = Callback.objects.get()
        assert (callback.urgency, callback.appointment_type) == ("urgent", "consultation")
        assert callback.due_at == OPEN_TUESDAY + timedelta(minutes=30)


class TestADifference:
    @pytest.mark.parametrize(
        "asked",
        [
            {"patientFirstName": "Chen"},
            {"callbackNumber": "+12025550150"},
            {"appointmentType": "consultation"},
            {"preferredTime": "evening"},
        ],
    )
    def test_is_flagged_and_overwrites_nothing(self, cast, asked):
        deliver()
        before, values = Callback.objects.values().get(), told()
        send(report(call_id=CALL, **asked))
        open_all()
        after = Callback.objects.get()
        assert told() == values
        assert after.review_reasons == ["reports_differ"]
        assert after.status == Status.NEEDS_REVIEW
        for name in ("appointment_type", "preferred_window", "promised_by", "due_at", "version"):
            assert getattr(after, name) == before[name]

    def test_is_shown_to_staff_in_words(self, cast):
        deliver()
        deliver(patientFirstName="Chen")
        page = cast.browser("ana").get(f"/callbacks/{Callback.objects.get().pk}").content.decode()
        assert "Two reports of this call differ" in page

    def test_is_not_made_of_what_one_of_them_lacks(self, cast):
        deliver()
        assert deliver(**SPARSE) == "duplicate"
        send({"message": {"type": "structured-data-extracted", "call": {"id": CALL}, "customer": {"number": "x"}}})
        open_all()
        callback = Callback.objects.get()
        assert (callback.review_reasons, callback.status, callback.repeat_count) == ([], Status.OPEN, 1)

    def test_is_not_taken_from_under_the_hands_of_whoever_holds_it(self, cast):
        deliver()
        callback = Callback.objects.get()
        assert cast.browser("ana").post(f"/callbacks/{callback.pk}/claim").status_code == 302
        deliver(patientFirstName="Chen")
        callback.refresh_from_db()
        assert (callback.status, callback.review_reasons) == (Status.OPEN, ["reports_differ"])


class TestDuplicates:
    def test_what_adds_nothing_is_one(self, cast):
        first = send(report(call_id=CALL)).json()["id"]
        for asked in ({}, SPARSE, {"patientFirstName": None}, {"preferredTime": None}):
            again = send(report(call_id=CALL, **asked)).json()
            assert again == {"received": True, "outcome": "duplicate", "id": first}, asked
        assert stored() == (1, 1, 0)

    def test_a_second_addition_is_one_when_it_comes_again(self, cast):
        send(report(call_id=CALL, **SPARSE))
        assert send(report(call_id=CALL)).json()["outcome"] == "queued"
        assert send(report(call_id=CALL)).json()["outcome"] == "duplicate"
        assert stored() == (2, 2, 0)

    def test_after_an_index_key_was_rotated_they_still_are(self, cast, settings):
        send(report(call_id=CALL))
        settings.RINGBACK_INDEX_KEYS = ["cm90YXRlZC1pbi10ZXN0cy1pbmRleC1rZXktMDEyMzQ=", *settings.RINGBACK_INDEX_KEYS]
        assert len(index_keys().keys) == 2
        assert send(report(call_id=CALL)).json()["outcome"] == "duplicate"

    @pytest.mark.django_db(transaction=True)
    def test_copies_of_an_addition_at_the_same_moment_are_one(self, cast, trail):
        send(report(call_id=CALL, **SPARSE))
        answers = at_once([lambda: send(report(call_id=CALL)).json()["outcome"]] * 10)
        assert sorted(answers) == ["duplicate"] * 9 + ["queued"]
        assert stored() == (2, 2, 0)
        assert len(trail.events(DELIVERY_RECEIVED)) == 2

    def test_marks_of_two_calls_cannot_be_compared(self, cast):
        for call_id in ("call-1", "call-2"):
            send(report(call_id=call_id))
        one, other = (set(found.content_marks) for found in Delivery.objects.all())
        assert {mark.split(":")[0] for mark in one} == {"first_name", "phone", "called_from"}
        assert one.isdisjoint(other)
        assert "5550143" not in str(one | other)


class TestAClosedCallback:
    def close(self):
        Callback.objects.update(
            status=Status.CLOSED, closed_reason=ClosedReason.NO_USABLE_NUMBER, closed_at=clock.now()
        )

    def test_takes_nothing_more_and_what_is_new_opens_another(self, cast):
        deliver(callbackNumber=None, called_from="anonymous")
        self.close()
        deliver(called_from="anonymous")
        assert sorted(Callback.objects.values_list("status", flat=True)) == ["closed", "open"]

    def test_is_not_opened_again_by_what_is_not_new(self, cast):
        deliver()
        self.close()
        extracted = report(call_id=CALL)
        extracted["message"]["type"] = "structured-data-extracted"
        send(extracted)
        open_all()
        assert Callback.objects.get().status == Status.CLOSED
        assert Delivery.objects.filter(callback=Callback.objects.get()).count() == 2


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_two_reports_of_a_call_are_one_callback(self, cast, trail):
        ids = [
            send(report(call_id=CALL, **asked)).json()["id"]
            for asked in (SPARSE | {"callbackNumber": None}, {}, {"patientFirstName": "Chen"})
        ]

        def opened(public_id):
            with service_scope("worker", route="test"):
                return open_delivery(public_id)

        assert at_once([lambda found=found: opened(found) for found in ids]) == [True] * 3
        assert stored() == (3, 3, 1)
        assert set(DeliveryJob.objects.values_list("state", flat=True)) == {"done"}
        assert len(trail.events(CALLBACK_SUPPLEMENTED)) == 2

    def test_the_record_names_fields_and_no_value(self, cast, trail):
        deliver(**SPARSE)
        deliver(preferredTime="Zqxwords after 3")
        (event,) = trail.events(CALLBACK_SUPPLEMENTED)
        assert event["fields"] == ["appointment_type", "first_name", "preferred_window", "preferred_words"]
        assert event["details"] == {"differs": [], "settled": ["missing_name"]}
        assert "Zqx" not in str(trail.events())


EXTRACTED = {"type": "structured-data-extracted"}


def extracted(**asked):
    """The article's first message of a call: what was asked for, and no call id."""
    return {**EXTRACTED, "structuredData": report(**asked)["message"]["analysis"]["structuredData"]}


class TestTheArticlesTwoMessages:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_are_one_callback_of_one_call(self, cast, order):
        sent = [extracted(), report(call_id=CALL)]
        for place in order:
            assert send(sent[place]).json()["outcome"] == "queued"
            open_all()
        callback = Callback.objects.get()
        assert (callback.repeat_count, callback.deliveries.count()) == (1, 2)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_with_a_call_id_are_joined_by_it(self, cast, order):
        first = extracted(callbackNumber="+12025550150") | {"call": {"id": CALL}}
        sent = [first, report(call_id=CALL, callbackNumber=None)]
        for place in order:
            send(sent[place])
            open_all()
        assert told()[1] == "+12025550150"
        assert Callback.objects.get().repeat_count == 1

    def test_of_two_calls_are_a_repeat_caller(self, cast, tuesday):
        for call_id in ("call-1", "call-2"):
            for sent in (extracted(preferredTime="morning"), report(call_id=call_id)):
                send(sent)
                open_all()
            tuesday.shift(timedelta(minutes=3))
        assert Callback.objects.get().repeat_count == 2

    def test_ten_minutes_apart_are_two_calls(self, cast, tuesday):
        send(extracted())
        open_all()
        tuesday.shift(timedelta(minutes=11))
        send(report(call_id=CALL))
        open_all()
        assert Callback.objects.get().repeat_count == 2


@pytest.mark.parametrize("seed", range(8))
def test_in_whatever_order_they_come_one_callback_knows_all_that_was_said(cast, seed):
    parts = [
        {**SPARSE, "callbackNumber": None},
        {**SPARSE},
        {**SPARSE, "patientFirstName": "Dana"},
        {**SPARSE, "preferredTime": "Tuesday morning"},
        {"preferredTime": "Tuesday morning"},
    ]
    random.Random(seed).shuffle(parts)
    for asked in parts:
        deliver(called_from="anonymous", **asked)
    callback = Callback.objects.get()
    assert told() == ("Dana", "+12025550143", "Tuesday morning")
    assert (callback.appointment_type, callback.repeat_count) == ("follow-up", 1)
    assert (callback.review_reasons, callback.status) == ([], Status.OPEN)
