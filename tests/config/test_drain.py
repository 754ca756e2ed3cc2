"""`manage.py drain`: pending work is done without a broker and without a worker, once or for ever."""

import signal
from collections.abc import Callable
from io import StringIO
from subprocess import Popen

import pytest
from django.core.management import call_command
from django.db import connections

from audit.events import CALLBACK_OPENED
from callbacks.models import Callback
from config.management.commands.drain import BATCH, work_off_once
from intake.models import DeliveryJob
from intake.models.job import JobState
from intake.services import opening
from lib.jobs import work_sources
from tests.crowd import at_once
from tests.intake.reports import report, send, stored
from tests.live_desk import desk_environment, process
from tests.waiting import becomes_true

# spec/product.md: without a broker the callback is there within three seconds.
LONGEST_OPENING_SECONDS = 3
STOP_SECONDS = 10


def drain() -> str:
    said = StringIO()
    call_command("drain", stdout=said)
    return said.getvalue()


def send_some(count: int) -> None:
    for n in range(count):
        assert send(report(callbackNumber=f"+1202555{100 + n:04}")).status_code == 200


def test_deliveries_are_work_that_drain_knows():
    assert {source.name for source in work_sources()} == {"crm", "deliveries"}
    assert [source.name for source in work_sources(slow=True)] == ["crm"]


def test_it_does_all_there_is_and_says_so(cast):
    send_some(3)
    assert "3 pieces of work taken; 0 still waiting" in drain()
    assert stored() == (3, 3, 3)
    assert "0 pieces of work taken; 0 still waiting" in drain()


def test_it_does_more_than_a_batch(cast, monkeypatch):
    monkeypatch.setattr("config.management.commands.drain.BATCH", 2)
    send_some(5)
    assert "5 pieces of work taken" in drain()
    assert BATCH >= 10


def test_what_fails_waits_and_is_counted(cast, monkeypatch):
    send_some(2)
    monkeypatch.setattr(opening, "open_callback", lambda draft: 1 / 0)
    assert "2 pieces of work taken; 2 still waiting" in drain()
    assert set(DeliveryJob.objects.values_list("state", "last_error_code")) == {
        (JobState.PENDING, "ZeroDivisionError")
    }


@pytest.mark.django_db(transaction=True)
def test_it_acts_under_its_own_name(cast, trail):
    send_some(1)
    drain()
    assert [event["actor_id"] for event in trail.events(CALLBACK_OPENED)] == ["manage.py drain"]


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_do_nothing_twice(cast):
    send_some(20)
    assert sum(at_once([lambda: work_off_once("relay", slow=False)] * 2)) == 20
    assert stored() == (20, 20, 20)
    assert set(Callback.objects.values_list("repeat_count", flat=True)) == {1}


@pytest.fixture
def start_relay(postgres, django_db_setup, tmp_path) -> Callable:
    """`with start_relay() as process`: the relay as `make run` starts it, without any broker."""
    environment = desk_environment(postgres, tmp_path, RINGBACK_DATABASE_POOL="0", PGAPPNAME="relay")
    return lambda: process(["manage.py", "drain", "--forever"], environment, tmp_path / "relay.log")


def runs(relay: Popen) -> bool:
    assert relay.poll() is None, "the relay went away"
    return True


@pytest.mark.django_db(transaction=True)
class TestTheRelay:
    def test_opens_a_callback_within_three_seconds_and_stops_when_asked(self, cast, start_relay, tmp_path):
        with start_relay() as relay:
            assert becomes_true(lambda: runs(relay) and "relay_started" in (tmp_path / "relay.log").read_text())
            send_some(1)
            assert becomes_true(Callback.objects.exists, within=LONGEST_OPENING_SECONDS)
            relay.send_signal(signal.SIGTERM)
            assert relay.wait(STOP_SECONDS) == 0
        assert "relay_stopped" in (tmp_path / "relay.log").read_text()

    def test_outlives_a_database_that_cuts_it_off(self, cast, start_relay, tmp_path):
        with start_relay() as relay:
            send_some(1)
            assert becomes_true(lambda: runs(relay) and Callback.objects.exists())
            with connections["default"].cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'relay'"
                )
                assert cursor.fetchone()[0] > 0
            send_some(2)
            assert becomes_true(lambda: runs(relay) and stored() == (3, 3, 2))
            relay.send_signal(signal.SIGINT)
            assert relay.wait(STOP_SECONDS) == 0
