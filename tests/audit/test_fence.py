"""The fence around the trail: the application appends three columns; nobody edits, empties or truncates anything."""

from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError

from tests.audit.conftest import line_of

PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_event'::regclass ORDER BY 1"


def append(run):
    """Append one event in the three columns that are the application's; gives its id."""
    event_id = uuid4()
    run("INSERT INTO audit_event (event_id, recorded, line) VALUES (%s, now(), %s)", event_id, line_of(event_id))
    return event_id


def test_the_application_appends(as_app, as_reader):
    event_id = append(as_app)
    assert as_reader("SELECT count(*) FROM audit_event WHERE event_id = %s", event_id) == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT line FROM audit_event LIMIT 1",
        "SELECT count(*) FROM audit_event",
        "UPDATE audit_event SET line = line",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "INSERT INTO audit_event (event_id, recorded, line) VALUES (gen_random_uuid(), now(), '{}') RETURNING event_id",
        "INSERT INTO audit_event (event_id, recorded, line, xid) VALUES (gen_random_uuid(), now(), '{}', '1')",
        "INSERT INTO audit_event (event_id, recorded, line, stored_at) VALUES (gen_random_uuid(), now(), '{}', now())",
        "INSERT INTO audit_event_default (event_id, recorded, line) VALUES (gen_random_uuid(), now(), '{}')",
        "SELECT * FROM audit_event_default",
        "COPY audit_event TO STDOUT",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event",
        "CREATE TABLE mine (id int)",
        "SELECT audit_fence_partition('audit_event_default')",
        "SELECT audit_revoke_partition('audit_event_default')",
        "SET ROLE owner",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_may_do_nothing_else_with_it(as_app, statement):
    with pytest.raises(ProgrammingError) as caught:
        as_app(statement)
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_no_partition_is_open_to_the_application(as_app, as_owner):
    for (partition,) in as_owner(PARTITIONS):
        rights = as_owner(
            "SELECT has_any_column_privilege('app', %s, 'SELECT, INSERT, UPDATE'), has_table_privilege('app', %s, 'DELETE')",
            partition,
            partition,
        )
        assert rights == [(False, False)], partition


@pytest.mark.parametrize("statement", ["UPDATE {} SET line = '{{}}'", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_edits_or_empties_it(as_app, as_owner, statement):
    append(as_app)
    (current,) = as_owner("SELECT 'audit_event_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')")[0]
    for table in ("audit_event", current):
        with pytest.raises(ProgrammingError, match="append-only"):
            as_owner(statement.format(table))


@pytest.mark.parametrize("statement", ["UPDATE {} SET line = '{{}}'", "DELETE FROM {}", "TRUNCATE {}"])
def test_replica_mode_does_not_step_over_the_fence(as_app, superuser, as_owner, statement):
    """Ordinary triggers sleep in replica mode; these are ENABLE ALWAYS, on the parent and on every partition."""
    append(as_app)
    (current,) = as_owner("SELECT 'audit_event_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')")[0]
    superuser.execute("SET session_replication_role = replica")
    for table in ("audit_event", current):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            superuser.execute(statement.format(table))


def test_every_partition_is_fenced_also_the_empty_ones(as_owner):
    for (partition,) in as_owner(PARTITIONS):
        with pytest.raises(ProgrammingError, match="append-only"):
            as_owner(f"TRUNCATE {partition}")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_event (event_id, recorded, line) VALUES (gen_random_uuid(), now(), '{}')",
        "UPDATE audit_event SET line = line",
        "DELETE FROM audit_event",
        "SELECT count(*) FROM callbacks_callback",
        "SELECT count(*) FROM intake_delivery",
        "SELECT count(*) FROM accounts_user",
        "SELECT count(*) FROM django_session",
    ],
)
def test_reader_and_sealer_look_at_the_trail_and_at_no_caller(as_app, as_reader, as_sealer, statement):
    append(as_app)
    for run in (as_reader, as_sealer):
        assert run("SELECT count(*) > 0 FROM audit_event") == [(True,)]
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(statement)


class TestPartitions:
    def test_the_application_may_have_them_made_and_the_second_time_makes_none(self, as_app):
        as_app("SELECT audit_ensure_partitions()")
        assert as_app("SELECT audit_ensure_partitions()") == [(0,)]

    def test_this_month_and_the_next_three_are_there(self, as_owner):
        wanted = as_owner(
            "SELECT 'audit_event_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC')"
            " + make_interval(months => n), 'YYYY_MM') FROM generate_series(0, 3) n"
        )
        there = as_owner(PARTITIONS)
        assert ("audit_event_default",) in there
        assert set(wanted) <= set(there)

    def test_a_new_one_is_born_fenced_and_closed(self, as_app, as_owner):
        before = set(as_owner(PARTITIONS))
        assert as_app("SELECT audit_ensure_partitions(4)")[0][0] in {0, 1}
        made = sorted(set(as_owner(PARTITIONS)) - before)
        for (partition,) in made or [max(before - {("audit_event_default",)})]:
            with pytest.raises(ProgrammingError, match="append-only"):
                as_owner(f"TRUNCATE {partition}")
            assert as_owner("SELECT has_table_privilege('app', %s, 'SELECT, INSERT')", partition) == [(False,)]

    def test_a_silly_number_of_months_is_bounded(self, as_app, as_owner):
        as_app("SELECT audit_ensure_partitions(-5)")
        as_app("SELECT audit_ensure_partitions(2000000000)")
        assert len(as_owner(PARTITIONS)) <= 1 + 13

    def test_an_event_of_now_is_not_in_the_default_partition(self, as_app, as_reader):
        event_id = append(as_app)
        where = as_reader("SELECT tableoid::regclass::text FROM audit_event WHERE event_id = %s", event_id)
        assert where[0][0] != "audit_event_default"
