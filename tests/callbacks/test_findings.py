"""The queue's laws, broken by hand: what nobody would see or what does not move becomes a finding."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from psycopg import sql

from audit.background import service_scope
from audit.models import Finding
from callbacks.findings import INVISIBLE, STUCK, WITHOUT_DUE_TIME, check_callbacks
from callbacks.models import Callback
from callbacks.scheduling.ladder import Outcome
from callbacks.services.deferring import LONGEST_WAIT, SkipReason, skip_callback
from callbacks.services.escalating import escalate_callback
from tests.callbacks.desk import claim, do, promise_calls, save
from tests.policies.callers import promise_call


def check() -> int:
    with service_scope("worker", route="test"):
        return check_callbacks()


def break_row(callback: Callback, **columns: Any) -> None:
    assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in columns)
    statement = sql.SQL("UPDATE callbacks_callback SET {} WHERE id = %s").format(assignments)
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [*columns.values(), callback.pk])


def found(callback: Callback) -> set[tuple[str, str]]:
    rows = Finding.objects.filter(about_kind="callback", about_id=str(callback.pk), clinic_id=callback.clinic_id)
    return {(row.kind, row.details["column"]) for row in rows}


def test_nothing_is_found_where_everything_is_as_it_should_be(cast, tuesday):
    odd = promise_call(cast.riverside, phone="+12025550160", review_reasons=("odd_name",))
    plain, skipped, told, tried, closed = promise_calls(cast.riverside, 5)
    claim(skipped, cast.ana)
    do(skip_callback, skipped, SkipReason.INTERRUPTED, by=cast.ana)
    do(escalate_callback, told, by=cast.ana)
    for callback, outcome in ((tried, Outcome.NO_ANSWER), (closed, Outcome.BOOKED)):
        claim(callback, cast.ana)
        save(callback, cast.ana, outcome)
    claim(plain, cast.ben)
    assert check() == 0
    assert found(odd) == set()


def test_a_status_that_nobody_knows_is_a_callback_that_nobody_calls(dana):
    break_row(dana, status="lost")
    assert (check(), found(dana)) == (1, {(INVISIBLE.value, "status")})


@pytest.mark.parametrize("column", ["lease_expires_at", "regroup_at", "not_before", "reserved_until"])
def test_what_does_not_move_is_stuck(cast, dana, tuesday, column):
    claim(dana, cast.ana)
    now = dana.received_at + timedelta(minutes=10)
    far, past = now + LONGEST_WAIT + timedelta(days=1), now - timedelta(minutes=11)
    break_row(dana, preferred_agent_id=cast.ben.pk, reserved_until=now)
    break_row(dana, **{column: far if column in {"not_before", "reserved_until"} else past})
    assert (check(), found(dana)) == (1, {(STUCK.value, column)})
    # Seen again, it is the same finding.
    assert (check(), Finding.objects.get().count) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_without_a_due_time_and_a_word_why(cast, dana):
    """The database forbids it; a law that hangs on one constraint is looked after all the same."""
    name = "open_has_a_due_time_or_says_why_not"
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE callbacks_callback DROP CONSTRAINT {name}")
        try:
            break_row(dana, due_at=None)
            assert (check(), found(dana)) == (1, {(WITHOUT_DUE_TIME.value, "due_at")})
            break_row(dana, flags=["no_callable_time"])
            assert check() == 0
        finally:
            cursor.execute(f"ALTER TABLE callbacks_callback ADD CONSTRAINT {name} {definition} NOT VALID")
            cursor.execute("UPDATE callbacks_callback SET due_at = received_at")
            cursor.execute(f"ALTER TABLE callbacks_callback VALIDATE CONSTRAINT {name}")
