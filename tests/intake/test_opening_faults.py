"""What may go wrong between a stored report and its callback, and that no report is ever lost by it (security.md §3)."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import OperationalError

from audit.background import service_scope
from audit.events import DELIVERY_OPENED
from audit.scope import TrailUnwritableError
from callbacks.models import Callback
from callbacks.states import ClosedReason, Status
from intake.models import Delivery, DeliveryJob
from intake.models.job import JobState
from intake.services import opening
from intake.services.opening import LEASE, LONGEST_RETRY, MOST_ATTEMPTS, DeliveryWork, open_delivery
from intake.tasks import open_callback
from lib import clock
from lib.logs import PHIFreeFormatter
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.intake.reports import report, send, stored


@pytest.fixture
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def poison(monkeypatch):
    """Makes opening fail for every request whose number ends like this."""
    poisoned: set[str] = set()
    open_for_real = opening.open_callback

    def open_or_fail(draft):
        if any(draft.phone.endswith(tail) for tail in poisoned):
            raise ValueError("Zqxnumber is in the text of this error")
        return open_for_real(draft)

    monkeypatch.setattr(opening, "open_callback", open_or_fail)
    return poisoned


def report_of(tail: str) -> str:
    """The id of a stored report whose number ends like this."""
    return str(send(report(callbackNumber=f"+1202555{tail}")).json()["id"])


def work_off(limit: int = 50) -> int:
    with service_scope("worker", route="test"):
        return DeliveryWork().work_off(limit=limit)


def job() -> DeliveryJob:
    return DeliveryJob.objects.get()


class TestAPoisonedReport:
    def test_waits_longer_each_time_and_keeps_only_the_name_of_the_error(self, tuesday, poison):
        poison.add("0101")
        report_of("0101")
        pauses = []
        for attempt in range(1, 13):
            assert work_off() == 1
            assert work_off() == 0, "it must not be tried again at once"
            found = job()
            assert (found.attempts, found.state, found.lease_until) == (attempt, JobState.PENDING, None)
            assert found.last_error_code == "ValueError"
            pauses.append(found.next_at - clock.now())
            tuesday.move_to(found.next_at)
        assert pauses == sorted(pauses)
        assert pauses[0] == timedelta(seconds=2)
        assert pauses[-1] == LONGEST_RETRY
        assert stored() == (1, 1, 0)

    def test_lets_the_others_through(self, tuesday, poison):
        poison.add("0102")
        for tail in ("0101", "0102", "0103"):
            report_of(tail)
        assert work_off() == 3
        assert stored() == (3, 3, 2)
        assert DeliveryJob.objects.get(state=JobState.PENDING).attempts == 1

    def test_is_opened_once_the_fault_is_gone_with_the_old_promise(self, tuesday, poison):
        poison.add("0101")
        report_of("0101")
        work_off()
        poison.clear()
        tuesday.shift(timedelta(hours=1))
        assert work_off() == 1
        assert Callback.objects.get().received_at == OPEN_TUESDAY
        assert (job().state, job().last_error_code) == (JobState.DONE, "")

    def test_is_dead_after_many_tries_and_still_there(self, tuesday, poison):
        poison.add("0101")
        report_of("0101")
        DeliveryJob.objects.update(attempts=MOST_ATTEMPTS - 1)
        work_off()
        assert (job().state, job().attempts) == (JobState.DEAD, MOST_ATTEMPTS)
        tuesday.shift(timedelta(days=1))
        assert work_off() == 0
        assert DeliveryWork().count_pending() == 0
        assert stored() == (1, 1, 0)

    def test_is_logged_by_id_only(self, tuesday, poison, caplog):
        poison.add("0101")
        public_id = report_of("0101")
        work_off()
        logged = "\n".join(PHIFreeFormatter().format(record) for record in caplog.records)
        assert "delivery_postponed" in logged
        assert public_id in logged
        assert "Zqx" not in logged


def test_a_half_opened_callback_is_rolled_back_with_its_job(tuesday, monkeypatch):
    """The process fails after the callback was written and before the job was marked done."""
    report_of("0101")
    with monkeypatch.context() as broken:
        broken.setattr(DeliveryJob, "save", lambda *_, **__: (_ for _ in ()).throw(OperationalError("gone")))
        work_off()
    assert stored() == (1, 1, 0)
    tuesday.shift(timedelta(minutes=1))
    assert work_off() == 1
    assert stored() == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_what_was_read_is_on_the_trail_before_it_is_used(tuesday, monkeypatch, trail):
    seen = []
    open_for_real = opening.open_callback

    def look_and_open(draft):
        seen.extend(trail.events(DELIVERY_OPENED))
        return open_for_real(draft)

    monkeypatch.setattr(opening, "open_callback", look_and_open)
    public_id = report_of("0101")
    work_off()
    assert [event["object_id"] for event in seen] == [public_id]


@pytest.mark.django_db(transaction=True)
def test_a_read_that_failed_afterwards_is_still_on_the_trail(tuesday, poison, trail):
    poison.add("0101")
    report_of("0101")
    work_off()
    (event,) = trail.events(DELIVERY_OPENED)
    assert event["fields"] == ["called_from", "first_name", "phone"]


class TestALease:
    def test_keeps_others_away_while_it_runs_and_frees_the_row_when_it_is_over(self, tuesday):
        public_id = report_of("0101")
        # A worker took it and died.
        DeliveryJob.objects.update(lease_until=clock.now() + LEASE, attempts=1)
        assert work_off() == 0
        with service_scope("worker", route="test"):
            assert not open_delivery(public_id)
        tuesday.shift(LEASE + timedelta(seconds=1))
        assert work_off() == 1
        assert stored() == (1, 1, 1)
        assert job().attempts == 2

    def test_of_a_slow_worker_that_comes_back_late_opens_nothing_twice(self, tuesday):
        report_of("0101")
        (leased,) = opening._claim(DeliveryJob.objects.all(), limit=1)
        tuesday.shift(LEASE + timedelta(seconds=1))
        assert work_off() == 1
        with service_scope("worker", route="test"):
            opening._open(leased)
        assert stored() == (1, 1, 1)
        assert Callback.objects.get().repeat_count == 1


@pytest.mark.django_db(transaction=True)
class TestAnUnwritableTrail:
    def test_opens_nothing_and_the_job_stays(self, tuesday, unwritable_trail):
        report_of("0101")
        with unwritable_trail(), pytest.raises(TrailUnwritableError):
            work_off()
        assert stored() == (1, 1, 0)
        assert job().state == JobState.PENDING
        tuesday.shift(LEASE + timedelta(seconds=1))
        assert work_off() == 1
        assert stored() == (1, 1, 1)

    def test_stores_no_report_and_says_to_come_back(self, tuesday, unwritable_trail):
        with unwritable_trail():
            response = send(report())
        assert response.status_code == 503
        assert response.json()["error"] == "trail_unwritable"
        assert int(response["Retry-After"]) > 0
        assert stored() == (0, 0, 0)

    def test_fails_the_task_so_that_it_is_not_acknowledged_as_done(self, tuesday, unwritable_trail):
        public_id = report_of("0101")
        with unwritable_trail(), pytest.raises(TrailUnwritableError):
            open_callback(public_id)
        assert stored() == (1, 1, 0)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    @pytest.mark.parametrize("is_known", [False, True], ids=["a new caller", "a known caller"])
    def test_calls_of_one_caller_are_one_callback(self, tuesday, is_known):
        if is_known:
            open_callback(report_of("0101"))
            Callback.objects.update(status=Status.CLOSED, closed_reason=ClosedReason.BOOKED, closed_at=clock.now())
        ids = [report_of("0101") for _ in range(8)]
        assert at_once([lambda public_id=public_id: open_callback(public_id) for public_id in ids]) == [None] * 8
        callback = Callback.objects.exclude(status=Status.CLOSED).get()
        assert callback.repeat_count == 8
        assert Delivery.objects.filter(callback=callback).count() == 8

    def test_two_workers_share_the_work_and_do_none_of_it_twice(self, tuesday):
        for n in range(30):
            report_of(f"01{n:02}")
        assert sum(at_once([lambda: work_off(limit=20)] * 3)) == 30
        assert stored() == (30, 30, 30)
        assert set(Callback.objects.values_list("repeat_count", flat=True)) == {1}
        assert set(DeliveryJob.objects.values_list("attempts", flat=True)) == {1}

    def test_workers_that_all_believe_in_their_lease_open_one_callback(self, tuesday):
        public_id = report_of("0101")

        def believe() -> None:
            with service_scope("worker", route="test"):
                opening._open(UUID(public_id))

        assert at_once([believe] * 6) == [None] * 6
        assert stored() == (1, 1, 1)
        assert Callback.objects.get().repeat_count == 1

    def test_one_report_rung_for_many_times_is_opened_once(self, tuesday):
        public_id = report_of("0101")
        assert at_once([lambda: open_callback(public_id)] * 8) == [None] * 8
        assert stored() == (1, 1, 1)
        assert Callback.objects.get().repeat_count == 1
