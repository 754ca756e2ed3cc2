"""Work that no request carries acts as a named service, and is on the trail before its task ends."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from celery import shared_task

from audit.background import AuditedTask, service_scope
from audit.events import PAGE_VIEWED
from audit.recording import record_event
from audit.scope import NoAuditScopeError, TrailUnwritableError, current_scope
from audit.tasks import ensure_partitions


@shared_task(base=AuditedTask, name="tests.audit.noting")
def noting(record_id: str = "") -> str:
    record_event(PAGE_VIEWED, details={"record": record_id})
    return "noted"


def test_a_task_acts_as_the_worker_and_is_recorded_before_it_ends(trail):
    assert noting("42") == "noted"
    (event,) = trail.events(PAGE_VIEWED)
    assert (event["actor_kind"], event["actor_id"], event["auth_method"]) == ("service", "worker", "process")
    assert event["route"] == "tests.audit.noting"
    with pytest.raises(NoAuditScopeError):
        current_scope()


def test_the_request_that_rang_rides_in_the_header(trail):
    request_id = str(uuid4())
    noting.push_request(headers={"request_id": request_id})
    try:
        noting.__call__()
    finally:
        noting.pop_request()
    assert [event["request_id"] for event in trail.events(PAGE_VIEWED)] == [request_id]


def test_two_runs_without_a_header_are_two_requests(trail):
    noting()
    noting()
    assert len({event["request_id"] for event in trail.events(PAGE_VIEWED)}) == 2


def test_a_task_that_cannot_be_recorded_fails(db, unwritable_trail):
    """It is not acknowledged then, so it comes again."""
    with unwritable_trail(), pytest.raises(TrailUnwritableError):
        noting()


def test_a_scope_may_act_on_behalf_of_somebody(trail):
    with service_scope("worker", route="test", on_behalf_of="ana", tag=PAGE_VIEWED):
        record_event(PAGE_VIEWED)
    assert trail.events(PAGE_VIEWED)[0]["on_behalf_of"] == "ana"


def test_partitions_are_ensured_by_the_application_itself(db, caplog):
    with caplog.at_level("INFO"):
        ensure_partitions()
    assert next(record.getMessage() for record in caplog.records) == "trail_partitions_ensured"


def test_a_row_in_the_default_partition_raises_an_alarm(db, caplog, lay_down):
    lay_down(datetime(1999, 1, 1, tzinfo=UTC))
    ensure_partitions()
    alarm = caplog.records[-1]
    assert (alarm.levelname, alarm.getMessage()) == ("CRITICAL", "trail_default_partition_used")
    assert alarm.count >= 1
