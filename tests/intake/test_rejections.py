"""Refused messages: counted per source, reason and minute, then one event each; never what was in them (decision 11)."""

import json
from datetime import timedelta

import pytest
import time_machine

from audit.background import service_scope
from audit.events import DELIVERIES_REJECTED
from audit.scope import TrailUnwritableError
from intake.models import Rejection
from intake.services.rejecting import sweep_rejections
from intake.tasks import record_rejections
from tests.cast import OPEN_TUESDAY
from tests.crowd import at_once
from tests.intake.reports import as_bytes, report, send, vapi_signature

FORGED = {"X-Vapi-Signature": "0" * 64}


@pytest.fixture
def minute(cast):
    """A clock that stands in the middle of a minute until the test moves it."""
    with time_machine.travel(OPEN_TUESDAY + timedelta(seconds=20), tick=False) as now:
        yield now


def sweep() -> int:
    with service_scope("worker", route="test"):
        return sweep_rejections()


def counts() -> dict[str, int]:
    return dict(Rejection.objects.values_list("reason", "count"))


def test_a_flood_within_a_minute_is_one_row_a_reason(minute):
    for _ in range(5):
        send(report(), FORGED)
    for _ in range(3):
        send(report(), {})
    send(report(), {"X-Vapi-Signature": "xyz"})
    body = as_bytes(report())
    send(body, vapi_signature(body, sent_at=OPEN_TUESDAY - timedelta(hours=1)))
    assert counts() == {"mismatch": 5, "missing": 3, "malformed": 1, "stale_timestamp": 1}


def test_each_minute_has_its_own_row(minute):
    send(report(), FORGED)
    minute.shift(timedelta(seconds=40))
    send(report(), FORGED)
    assert sorted(Rejection.objects.values_list("minute", "count")) == [
        (OPEN_TUESDAY, 1),
        (OPEN_TUESDAY + timedelta(minutes=1), 1),
    ]


def test_only_the_signature_is_counted(minute, client):
    send(b"{")
    send(report(), FORGED, content_type="text/plain")
    client.get("/webhook/vapi")
    send(report())
    assert counts() == {}


def test_the_source_is_the_peer_whatever_the_sender_claims(minute):
    send(report(), FORGED | {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"})
    assert Rejection.objects.get().source == "127.0.0.1"


def test_behind_a_proxy_of_ours_the_source_is_the_one_the_proxy_saw(minute, settings):
    settings.TRUSTED_PROXY = True
    send(report(), FORGED | {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    send(report(), FORGED | {"X-Forwarded-For": "not an address"})
    assert set(Rejection.objects.values_list("source", flat=True)) == {"198.51.100.7", None}


@pytest.mark.django_db(transaction=True)
def test_a_finished_minute_becomes_one_event_and_the_current_one_waits(minute, trail):
    for _ in range(4):
        send(report(patientFirstName="Zqxname"), FORGED)
    assert sweep() == 0
    minute.shift(timedelta(minutes=1))
    send(report(), FORGED)
    assert sweep() == 1
    (event,) = trail.events(DELIVERIES_REJECTED)
    assert event["rows_count"] == 4
    assert event["outcome_code"] == "mismatch"
    assert event["details"] == {"source": "127.0.0.1", "minute": OPEN_TUESDAY.isoformat()}
    assert "Zqx" not in json.dumps(trail.events())
    assert "0" * 64 not in json.dumps(trail.events())
    assert Rejection.objects.count() == 1
    assert sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_record_each_minute_once(minute, trail):
    for _ in range(10):
        send(report(), FORGED)
        minute.shift(timedelta(minutes=1))
    assert sum(at_once([sweep, sweep])) == 10
    assert len(trail.events(DELIVERIES_REJECTED)) == 10


@pytest.mark.django_db(transaction=True)
def test_copies_of_a_forgery_at_the_same_moment_are_all_counted(minute):
    answers = at_once([lambda: send(report(), FORGED).status_code] * 20)
    assert answers == [401] * 20
    assert counts() == {"mismatch": 20}


@pytest.mark.django_db(transaction=True)
def test_a_count_that_cannot_be_recorded_stays(minute, unwritable_trail):
    send(report(), FORGED)
    minute.shift(timedelta(minutes=1))
    with unwritable_trail(), pytest.raises(TrailUnwritableError):
        sweep()
    assert counts() == {"mismatch": 1}
    assert sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_the_task_sweeps(minute, trail):
    send(report(), FORGED)
    minute.shift(timedelta(minutes=1))
    record_rejections()
    assert [event["actor_id"] for event in trail.events(DELIVERIES_REJECTED)] == ["worker"]
