"""The watch over the seals: a late sealer and rows from the past are alarms of the officer."""

from datetime import timedelta

import pytest
from django.db import transaction

from audit.background import service_scope
from audit.events import CALLBACK_OPENED
from audit.findings import KINDS, Severity
from audit.models import Finding
from audit.recording import record_change
from audit.scope import Subject
from audit.sealing.sealer import seal_everything
from audit.sealing.watch import find_late_rows, seal_lag
from audit.tasks import ROWS_LATE, ROWS_MISSING, SEALS_LATE, watch_seals, watch_whole_trail

FROM_THE_PAST = """
    INSERT INTO audit_event (event_id, recorded, line, stored_at, xid)
    SELECT %s, now(), line, now() - %s::interval, '3'::xid8 FROM audit_event LIMIT 1
"""
FORGED = "00000000-0000-4000-8000-000000000001"


def age_waiting_rows(house, minutes):
    house.by_superuser("UPDATE audit_event SET stored_at = stored_at - %s::interval", f"{minutes} minutes")


def found(kind):
    return Finding.objects.filter(kind=kind.value).first()


@pytest.fixture
def sealed(house):
    house.write(3)
    seal_everything()
    return house


def test_the_lag_is_the_age_of_the_oldest_row_that_waits(house):
    assert seal_lag() == timedelta(0)
    house.write(2)
    age_waiting_rows(house, 5)
    house.write(1)
    assert timedelta(minutes=5) <= seal_lag() < timedelta(minutes=6)
    seal_everything()
    assert seal_lag() == timedelta(0)


def test_an_open_transaction_that_holds_the_horizon_is_seen_as_lag(sealed):
    with transaction.atomic():
        with service_scope("test", route="test"):
            record_change(CALLBACK_OPENED, obj=Subject("callback", "slow"))
        sealed.write(1)
        seal_everything()
        assert seal_lag() > timedelta(0)
    seal_everything()
    assert seal_lag() == timedelta(0)


def test_readiness_names_a_late_sealer_and_only_a_late_one(sealed, client):
    assert client.get("/health/ready").json()["warnings"] == []
    sealed.write(1)
    age_waiting_rows(sealed, 2)
    assert client.get("/health/ready").json()["warnings"] == ["sealer"]


def test_rows_that_wait_too_long_are_an_alarm_and_in_time_they_are_none(sealed):
    sealed.write(1)
    watch_seals()
    assert not found(SEALS_LATE)
    age_waiting_rows(sealed, 2)
    watch_seals()
    watch_seals()
    finding = found(SEALS_LATE)
    assert finding.count == 2
    assert finding.details["waiting_seconds"] >= 120
    assert KINDS[finding.kind].severity == Severity.ALARM


def test_a_row_written_into_the_past_is_an_alarm_that_names_it(sealed):
    watch_seals()
    assert not Finding.objects.exists()
    sealed.by_superuser(FROM_THE_PAST, FORGED, "0 days")
    watch_seals()
    assert found(ROWS_LATE).details == {"events": [FORGED], "and_more": "no"}


def test_a_row_that_pretends_to_be_old_is_found_by_the_look_over_everything(sealed):
    sealed.by_superuser(FROM_THE_PAST, FORGED, "900 days")
    watch_seals()
    assert not found(ROWS_LATE)
    watch_whole_trail()
    assert found(ROWS_LATE).details["events"] == [FORGED]


def test_of_many_late_rows_the_first_are_named(sealed):
    for n in range(3):
        sealed.by_superuser(FROM_THE_PAST, FORGED[:-1] + str(n), "1 hour")
    late = find_late_rows(stored_since=None, at_most=2)
    assert (len(late.ids), late.has_more) == (2, True)


def test_sealed_rows_that_are_gone_are_an_alarm(sealed):
    watch_whole_trail()
    assert not Finding.objects.exists()
    sealed.by_superuser("DELETE FROM audit_event WHERE event_id IN (SELECT event_id FROM audit_leaf LIMIT 1)")
    watch_whole_trail()
    assert len(found(ROWS_MISSING).details["events"]) == 1


def test_so_is_a_partition_that_was_dropped(sealed):
    with sealed.superuser() as connection:
        (name,) = connection.execute("SELECT tableoid::regclass::text FROM audit_event LIMIT 1").fetchone()
        connection.execute(f"DROP TABLE {name}")
    watch_whole_trail()
    assert len(found(ROWS_MISSING).details["events"]) == 3


def test_after_a_restore_what_was_sealed_before_is_neither_late_nor_waiting(sealed, monkeypatch):
    monkeypatch.setattr("audit.sealing.sealer._cluster", lambda cursor: "another-cluster")
    sealed.write(2)
    seal_everything()
    assert seal_lag() == timedelta(0)
    assert find_late_rows(stored_since=None).ids == []
