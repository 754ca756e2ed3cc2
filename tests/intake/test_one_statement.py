"""The one statement of the hot path writes what the models say, all of it or nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DataError, connection, models

from audit.background import service_scope
from audit.events import DELIVERY_RECEIVED
from audit.recording import change_in_one_statement
from intake.models import Delivery, DeliveryJob
from intake.services import one_statement
from intake.services.one_statement import insert_delivery
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import stored

FULL = {
    "identity": "end-of-call-report:call-1",
    "is_digest_based": True,
    "message_type": "end-of-call-report",
    "call_id": "call-1",
    "provider_call_sid": "CA1",
    "scheme": "article",
    "key_id": "0123abcd",
    "received_at": OPEN_TUESDAY,
    "first_name": 'José "O\'Neil" \\ 明',
    "phone": "+12025550143",
    "called_from": "+12025550144",
    "preferred_words": "after 3 {not} an array, %s",
    "phone_is_valid": True,
    "appointment_type": "follow-up",
    "urgency": "routine",
    "preferred_window": "morning",
    "language": "es",
    "call_started_at": OPEN_TUESDAY - timedelta(seconds=48, microseconds=1),
    "call_ended_at": OPEN_TUESDAY,
    "promise_base": OPEN_TUESDAY,
    "duration_seconds": 48,
    "ended_reason_group": "customer",
    "collected": ["patientFirstName", "callbackNumber"],
    "dropped_keys": ["diagnosis", 'hashed:"a",b'],
    "defects": ["NULL"],
    "unsafe_evidence": ["transcript_present"],
    "mismatches": ["assistant"],
    "content_marks": ["phone:0123456789abcdef"],
    "source": "fetched",
    "assistant_id": "assistant-7",
}
EMPTY = {
    name: value
    for name, value in FULL.items()
    if name
    in {
        *("identity", "message_type", "scheme", "key_id", "received_at", "promise_base"),
        *("appointment_type", "urgency", "preferred_window", "ended_reason_group"),
    }
}


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False), service_scope("intake", route="test"):
        yield


def draft(cast, **facts) -> tuple[Delivery, DeliveryJob]:
    delivery = Delivery(line=cast.line, **facts)
    return delivery, DeliveryJob(delivery=delivery, next_at=OPEN_TUESDAY)


def insert(delivery: Delivery, job: DeliveryJob) -> bool:
    with change_in_one_statement(DELIVERY_RECEIVED, obj=delivery.audit_object) as event:
        return insert_delivery(delivery, job, event)


def row_of(record: models.Model) -> dict[str, str]:
    """Every column of the row in PostgreSQL's own spelling: the column's, not what Django makes of it."""
    columns = [field.column for field in record._meta.concrete_fields]
    table, key = record._meta.db_table, record._meta.pk.column
    with connection.cursor() as cursor:
        values = ", ".join(f"{name}::text" for name in columns)
        cursor.execute(f"SELECT {values} FROM {table} WHERE {key} = %s", [record.pk])  # noqa: S608 - the model's names
        return dict(zip(columns, cursor.fetchone(), strict=True))


@pytest.mark.parametrize("facts", [FULL, EMPTY], ids=["everything said", "nothing said"])
def test_it_writes_what_saving_writes_column_by_column(cast, facts):
    delivery, job = draft(cast, **facts)
    delivery.save(force_insert=True)
    job.save(force_insert=True)
    saved = row_of(delivery), row_of(job)
    DeliveryJob.objects.all().delete()
    Delivery.objects.all().delete()
    assert insert(delivery, job)
    assert (row_of(delivery), row_of(job)) == saved


def test_the_draft_of_that_test_leaves_no_column_out():
    """A field added to the model is written by itself; here it must be given a value that would be missed."""
    left_out = {field.name for field in Delivery._meta.concrete_fields} - FULL.keys()
    assert left_out == {"id", "line", "callback"}


def test_a_second_of_the_same_identity_writes_nothing(cast):
    assert insert(*draft(cast, **FULL))
    first = row_of(Delivery.objects.get())
    assert not insert(*draft(cast, **{**FULL, "key_id": "other"}))
    assert stored() == (1, 1, 0)
    assert row_of(Delivery.objects.get()) == first


@pytest.mark.django_db(transaction=True)
def test_the_event_comes_with_the_delivery_and_not_with_a_copy(cast, trail):
    for _ in range(2):
        insert(*draft(cast, **FULL))
    (event,) = trail.events(DELIVERY_RECEIVED)
    assert event["object_id"] == str(Delivery.objects.get().pk)


@pytest.mark.django_db(transaction=True)
def test_a_row_the_database_refuses_leaves_nothing_and_is_not_blamed_on_the_trail(cast, trail):
    with pytest.raises(DataError):
        insert(*draft(cast, **{**FULL, "key_id": "longer than eight"}))
    assert stored() == (0, 0, 0)
    assert trail.events() == []


def test_another_rows_envelope_does_not_get_in(cast):
    other, _ = draft(cast, **FULL)
    delivery, job = draft(cast, **EMPTY)
    delivery.__dict__["phone"] = other.phone
    with pytest.raises(Exception, match="sealed for another row"):
        insert(delivery, job)


def test_one_prepared_statement_serves_every_report(cast):
    """Values come as JSON, so that an empty one does not make another statement of it."""
    psycopg_connection = connection.connection
    insert(*draft(cast, **FULL))
    known = prepared_statements()
    insert(*draft(cast, **{**EMPTY, "identity": "another"}))
    assert connection.connection is psycopg_connection
    assert prepared_statements() == known != []


def prepared_statements() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE from_sql = false")
        return [statement for (statement,) in cursor.fetchall()]


def test_it_names_every_column_of_both_models():
    statement = one_statement._statement().decode()
    for model in (Delivery, DeliveryJob):
        assert all(f'"{field.column}"' in statement for field in model._meta.concrete_fields)
