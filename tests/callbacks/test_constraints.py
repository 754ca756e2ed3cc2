"""What the database itself refuses, whatever a program tries: rows that cannot be true (callbacks.md §2.1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.utils import DataError

from callbacks.models import Attempt, Callback, Caller, ClinicPeriod, Closure
from callbacks.scheduling.ladder import Outcome
from callbacks.states import ClosedReason, Status
from intake.models import Delivery, Line, Rejection
from lib import clock
from tests.policies.callers import promise_call


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """The block must fail at this constraint and leave the test's transaction usable."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert caught.value.__cause__.diag.constraint_name == constraint


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.CLOSED},
        {"status": Status.CLOSED, "closed_reason": ClosedReason.BOOKED},
        {"closed_reason": ClosedReason.BOOKED},
        {"closed_reason": ClosedReason.BOOKED, "status": Status.NEEDS_REVIEW},
    ],
)
def test_closed_without_a_reason_and_an_instant(dana, change):
    with refused("closed_has_a_reason_and_an_instant"):
        Callback.objects.update(**change)


def test_an_open_callback_with_an_end(dana):
    with refused("closed_has_a_reason_and_an_instant"):
        Callback.objects.update(closed_at=clock.now())


@pytest.mark.parametrize("missing", ["claimed_by", "claim_token", "claimed_at", "lease_expires_at"])
def test_half_a_claim(cast, dana, missing):
    now = clock.now()
    whole = {"claimed_by": cast.ana, "claim_token": uuid4(), "claimed_at": now, "lease_expires_at": now}
    Callback.objects.update(**whole)
    with refused("a_claim_is_whole_or_absent"):
        Callback.objects.update(**{missing: None})


def test_an_open_callback_without_a_due_time_that_does_not_say_why(dana):
    with refused("open_has_a_due_time_or_says_why_not"):
        Callback.objects.update(due_at=None)
    Callback.objects.update(due_at=None, flags=["no_callable_time"])


def test_a_promise_before_its_call(dana):
    with refused("promise_follows_the_call"):
        Callback.objects.update(promised_by=F("received_at"))


def test_two_open_callbacks_of_one_caller(cast, dana):
    other = promise_call(cast.riverside, first_name="Chen")
    with refused("one_open_callback_a_caller"):
        Callback.objects.filter(pk=other.pk).update(caller=dana.caller)
    Callback.objects.filter(pk=dana.pk).update(
        status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now()
    )
    Callback.objects.filter(pk=other.pk).update(caller=dana.caller)


def test_one_reference_for_two_callbacks(cast, dana):
    other = promise_call(cast.riverside, first_name="Chen")
    with pytest.raises(IntegrityError), transaction.atomic():
        Callback.objects.filter(pk=other.pk).update(number=dana.number)


def test_one_caller_twice(cast, dana):
    caller = dana.caller
    with refused("one_caller_a_number_and_name"):
        Caller.objects.create(clinic=cast.riverside, phone_index=caller.phone_index, name_index=caller.name_index)
    Caller.objects.create(clinic=cast.hilltop, phone_index=caller.phone_index, name_index=caller.name_index)


def test_one_attempt_number_or_one_form_twice(cast, dana):
    made = {"callback": dana, "staff": cast.ana, "outcome": Outcome.NO_ANSWER, "recorded_at": clock.now()}
    first = Attempt.objects.create(seq=1, command_id=uuid4(), **made)
    with refused("attempts_are_numbered"):
        Attempt.objects.create(seq=1, command_id=uuid4(), **made)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(seq=2, command_id=first.command_id, **made)


@pytest.mark.parametrize(("weekday", "opens", "closes"), [(7, 480, 720), (0, 480, 480), (0, 1440, 60), (0, 0, 1441)])
def test_hours_that_are_none(cast, weekday, opens, closes):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        ClinicPeriod.objects.create(clinic=cast.riverside, weekday=weekday, opens_minute=opens, closes_minute=closes)


def test_a_closure_that_ends_before_it_starts(cast):
    with refused("closure_ends_after_start"):
        Closure.objects.create(clinic=cast.riverside, first_on=date(2026, 11, 27), last_on=date(2026, 11, 26))


def test_two_default_lines(cast):
    with refused("one_default_line"):
        Line.objects.create(clinic=cast.hilltop, name="other", is_default=True)


def test_one_delivery_twice(cast, tuesday):
    seen = {"identity": "end-of-call-report:call-1", "received_at": clock.now(), "promise_base": clock.now()}
    Delivery.objects.create(line=cast.line, **seen)
    with refused("one_delivery_an_identity"):
        Delivery.objects.create(line=cast.line, **seen)


@pytest.mark.parametrize("source", ["203.0.113.9", None])
def test_one_minute_counted_in_two_rows(db, source):
    minute = clock.now()
    Rejection.objects.create(minute=minute, source=source, reason="mismatch")
    with refused("one_count_a_source_reason_and_minute"):
        Rejection.objects.create(minute=minute, source=source, reason="mismatch")
    Rejection.objects.create(minute=minute + timedelta(minutes=1), source=source, reason="mismatch")


def test_what_has_a_history_is_never_deleted(cast, dana):
    for record in (dana.caller, cast.riverside, cast.line):
        Delivery.objects.get_or_create(
            line=cast.line,
            identity="x",
            defaults={"received_at": clock.now(), "promise_base": clock.now(), "callback": dana},
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            record.delete()
