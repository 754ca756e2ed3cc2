"""The same report again: one delivery, one job, one callback, and the same answer each time (decision 7; rows 10-11)."""

from datetime import timedelta

import pytest
import time_machine

from audit.background import service_scope
from audit.events import DELIVERY_RECEIVED
from callbacks.models import Callback
from callbacks.states import ClosedReason, Status
from intake.models import Delivery, Line
from intake.services.opening import DeliveryWork
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import article_signature, as_bytes, report, send, stored, vapi_signature
from tests.payloads import read_payload

EXTRACTED = read_payload("vapi/20_article_flat_structured_data_extracted.json")


def open_all() -> None:
    with service_scope("worker", route="test"):
        DeliveryWork().work_off(limit=100)


def close_callback() -> None:
    Callback.objects.update(status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_twice_are_one_delivery_with_one_id(cast, trail):
    body = as_bytes(report())
    first, second = send(body).json(), send(body).json()
    assert (first["outcome"], second["outcome"]) == ("queued", "duplicate")
    assert first["id"] == second["id"]
    assert stored() == (1, 1, 0)
    assert len(trail.events(DELIVERY_RECEIVED)) == 1


def test_a_copy_signed_anew_is_still_the_same(cast):
    body = as_bytes(report())
    send(body, vapi_signature(body))
    assert send(body, article_signature(body)).json()["outcome"] == "duplicate"


def test_a_copy_after_the_callback_was_opened_and_closed_opens_no_second(cast):
    body = as_bytes(report())
    send(body)
    open_all()
    close_callback()
    assert send(body).json()["outcome"] == "duplicate"
    open_all()
    assert stored() == (1, 1, 1)


def test_another_call_of_the_same_caller_is_another_delivery(cast):
    assert send(report()).json()["outcome"] == "queued"
    assert send(report()).json()["outcome"] == "queued"
    assert stored() == (2, 2, 0)


def test_the_same_call_id_on_another_line_is_another_call(cast):
    send(report(call_id="call-1"))
    delivery = Delivery.objects.get()
    cast.line.is_default = False
    cast.line.save()
    Line.objects.create(clinic=cast.hilltop, name="other", is_default=True)
    assert send(report(call_id="call-1")).json()["id"] != str(delivery.pk)


class TestWithoutACallId:
    """Its content is all there is to know a copy by; two callers may say the same, so only for a while."""

    def test_a_copy_within_ten_minutes_is_a_copy_whatever_became_of_the_first(self, cast):
        with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
            send(EXTRACTED)
            open_all()
            close_callback()
            now.shift(timedelta(minutes=9, seconds=59))
            assert send(EXTRACTED).json()["outcome"] == "duplicate"

    def test_the_same_words_after_ten_minutes_and_a_closed_callback_are_a_new_request(self, cast):
        with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
            first = send(EXTRACTED).json()
            open_all()
            close_callback()
            now.shift(timedelta(minutes=10, seconds=1))
            second = send(EXTRACTED).json()
            assert second["outcome"] != "duplicate"
            assert second["id"] != first["id"]
            open_all()
            assert stored() == (2, 2, 2)
            assert send(EXTRACTED).json() == {"received": True, "outcome": "duplicate", "id": second["id"]}

    def test_while_the_callback_is_open_the_same_words_are_a_copy_for_days(self, cast):
        with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
            send(EXTRACTED)
            open_all()
            now.shift(timedelta(days=3))
            assert send(EXTRACTED).json()["outcome"] == "duplicate"

    def test_before_the_callback_was_opened_the_same_words_are_a_copy(self, cast):
        with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
            send(EXTRACTED)
            now.shift(timedelta(hours=1))
            assert send(EXTRACTED).json()["outcome"] == "duplicate"

    def test_other_words_are_another_request(self, cast):
        send(EXTRACTED)
        assert send(EXTRACTED.replace(b"John", b"Chen")).json()["outcome"] != "duplicate"
