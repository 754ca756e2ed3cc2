"""The recorder: reads survive a rolled-back view, changes share their transaction, a hole in a stream is a deletion."""

import json
import threading
from uuid import uuid4

import pytest
from django.db import DatabaseError, DataError, connection, connections, transaction

from audit.background import service_scope
from audit.events import CALLBACK_CLAIMED, CALLBACK_VIEWED, PAGE_VIEWED, TAGS, Outcome, Purpose, _declare
from audit.models import AuditEvent
from audit.recording import (
    ChangeOutsideTransactionError,
    change_in_one_statement,
    flush,
    record_change,
    record_event,
    record_read,
)
from audit.scope import NoAuditScopeError, Subject, TrailUnwritableError, current_scope

# Reads are recorded here without anything being opened.
pytestmark = pytest.mark.usefixtures("by_hand")

CALLER = Subject("caller", str(uuid4()))
CALLBACK = Subject("callback", str(uuid4()))


def read(*fields, obj=CALLBACK):
    record_read(subject=CALLER, obj=obj, fields=fields, tag=CALLBACK_VIEWED)


class TestScope:
    def test_nothing_is_recorded_where_nobody_acts(self, db):
        for record in (lambda: read("phone"), lambda: record_event(PAGE_VIEWED), current_scope):
            with pytest.raises(NoAuditScopeError):
                record()

    def test_a_thread_inherits_no_scope(self, db):
        found: list[object] = []

        def look():
            try:
                found.append(current_scope())
            except NoAuditScopeError as error:
                found.append(error)

        with service_scope("worker", route="test"):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        assert isinstance(found[0], NoAuditScopeError)

    def test_a_scope_is_closed_when_its_block_ends(self, db):
        with service_scope("worker", route="test") as scope:
            pass
        assert scope.is_closed

    def test_an_inner_scope_gives_the_outer_one_back(self, db, trail):
        with service_scope("outer", route="a"):
            with service_scope("inner", route="b"):
                record_event(PAGE_VIEWED)
            record_event(PAGE_VIEWED)
        assert [event["actor_id"] for event in trail.events(PAGE_VIEWED)] == ["inner", "outer"]


class TestReads:
    def test_fields_of_one_record_join_one_event(self, trail, db):
        with service_scope("worker", route="test"):
            read("phone")
            read("first_name", "phone")
            read(obj=Subject("callback", "another"))
        first, second = sorted(trail.events(CALLBACK_VIEWED), key=lambda event: not event["fields"])
        assert first["fields"] == ["first_name", "phone"]
        assert (second["fields"], second["phi_accessed"]) == ([], False)

    def test_they_are_kept_when_the_work_fails(self, trail, db):
        def fail():
            with service_scope("worker", route="test"), transaction.atomic():
                read("phone")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        (event,) = trail.events(CALLBACK_VIEWED)
        assert event["outcome"] == Outcome.SERIOUS_FAILURE

    def test_a_flush_in_the_middle_writes_once(self, trail, db):
        with service_scope("worker", route="test") as scope:
            read("phone")
            flush(scope)
            assert len(trail.events(CALLBACK_VIEWED)) == 1
            flush(scope)
        assert len(trail.events(CALLBACK_VIEWED)) == 1

    def test_a_refusal_and_a_success_of_one_kind_stay_two_events(self, trail, db):
        with service_scope("worker", route="test"):
            record_event(PAGE_VIEWED)
            record_event(PAGE_VIEWED, outcome=Outcome.MINOR_FAILURE, outcome_code="forbidden")
        assert sorted(event["outcome"] for event in trail.events(PAGE_VIEWED)) == [0, 4]


class TestChanges:
    @pytest.mark.django_db(transaction=True)
    def test_a_change_outside_a_transaction_is_refused(self):
        with service_scope("worker", route="test"), pytest.raises(ChangeOutsideTransactionError):
            record_change(CALLBACK_CLAIMED, obj=CALLBACK)

    @pytest.mark.django_db(transaction=True)
    def test_a_rolled_back_change_leaves_no_event_and_a_committed_one_does(self, trail):
        with service_scope("worker", route="test"):
            with transaction.atomic():
                record_change(CALLBACK_CLAIMED, obj=CALLBACK)
                transaction.set_rollback(True)
            assert trail.events(CALLBACK_CLAIMED) == []
            with transaction.atomic():
                record_change(CALLBACK_CLAIMED, obj=CALLBACK, subject=CALLER, fields=["status"], rows_count=1)
        (event,) = trail.events(CALLBACK_CLAIMED)
        assert (event["fields"], event["rows_count"], event["subject_id"]) == (["status"], 1, CALLER.id)
        assert "stream_id" not in event

    @pytest.mark.django_db(transaction=True)
    def test_a_change_that_cannot_be_recorded_does_not_happen(self, cast, unwritable_trail):
        def rename():
            with service_scope("worker", route="test"), transaction.atomic():
                cast.riverside.name = "Renamed"
                cast.riverside.save()
                record_change(CALLBACK_CLAIMED, obj=CALLBACK)

        with unwritable_trail(), pytest.raises(TrailUnwritableError):
            rename()
        cast.riverside.refresh_from_db()
        assert cast.riverside.name == "Riverside Family Clinic"


class TestChangesInOneStatement:
    def test_outside_a_scope_it_is_refused_before_anything_runs(self):
        with pytest.raises(NoAuditScopeError), change_in_one_statement(CALLBACK_CLAIMED, obj=CALLBACK):
            pytest.fail("the statement ran")

    def test_the_row_is_the_line_any_other_change_would_leave(self, db):
        with (
            service_scope("worker", route="test") as scope,
            change_in_one_statement(CALLBACK_CLAIMED, obj=CALLBACK, subject=CALLER, fields=["b", "a"]) as event,
        ):
            assert not scope.has_recorded
        line = json.loads(event["line"])
        assert (line["tag"], line["id"]) == (CALLBACK_CLAIMED.value, str(event["event_id"]))
        assert (line["object_id"], line["subject_id"], line["fields"]) == (CALLBACK.id, CALLER.id, ["a", "b"])
        assert "stream_id" not in line
        assert scope.has_recorded

    def test_another_error_passes_and_nothing_counts_as_recorded(self, db):
        with service_scope("worker", route="test") as scope:
            with (
                pytest.raises(DataError),
                transaction.atomic(),
                change_in_one_statement(CALLBACK_CLAIMED, obj=CALLBACK),
                connection.cursor() as cursor,
            ):
                cursor.execute("SELECT 1 / 0")
            assert not scope.has_recorded


class TestUnwritable:
    def test_a_failing_flush_says_so_and_starts_a_fresh_stream(self, trail, db, unwritable_trail):
        def one(word):
            with service_scope(word, route="test"):
                record_event(PAGE_VIEWED)

        one("before")
        with unwritable_trail(), pytest.raises(TrailUnwritableError):
            one("lost")
        one("after")
        events = {event["actor_id"]: event for event in trail.events(PAGE_VIEWED)}
        assert events.keys() == {"before", "after"}
        assert events["after"]["stream_id"] != events["before"]["stream_id"]
        assert events["after"]["stream_seq"] == 1

    def test_a_lost_connection_is_unwritable_too(self, db, monkeypatch):
        monkeypatch.setattr("audit.recording._insert", lambda *_: (_ for _ in ()).throw(OSError("gone")))
        with pytest.raises(TrailUnwritableError), service_scope("worker", route="test"):
            record_event(PAGE_VIEWED)


class TestLine:
    def test_columns_cannot_disagree_with_the_line(self, db):
        """Over everything this run has recorded so far: the columns are generated from the line."""
        with service_scope("worker", route="test"):
            read("phone")
            record_event(PAGE_VIEWED, clinic_id=uuid4(), rows_count=3, purpose=Purpose.COMPLIANCE)
        rows = list(AuditEvent.objects.using("audit_reader").order_by("-stored_at")[:2000])
        assert rows
        for row in rows:
            names = ("actor_id", "subject_id", "object_id", "clinic_id")
            assert [getattr(row, name) and str(getattr(row, name)) for name in names] == [
                row.facts.get(name) for name in names
            ]
            assert (row.tag, row.outcome, str(row.request_id)) == tuple(
                row.facts[name] for name in ("tag", "outcome", "request_id")
            )
            assert row.facts["id"] == str(row.event_id)

    def test_it_is_canonical_json(self, db):
        with service_scope("wörker", route="test"):
            record_event(PAGE_VIEWED)
        line = AuditEvent.objects.using("audit_reader").latest("stored_at").line
        assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert "wörker" in line

    def test_generated_columns_cannot_be_written(self, db):
        with pytest.raises(DatabaseError), connections["owner"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_event (event_id, recorded, line, tag) VALUES (gen_random_uuid(), now(), '{}', 'x')"
            )


class TestStream:
    def test_a_thread_counts_its_own_events_without_a_gap(self, trail, db):
        def work(name):
            for _ in range(3):
                with service_scope(name, route="test"):
                    record_event(PAGE_VIEWED)
                    record_event(PAGE_VIEWED, outcome_code="again")

        def work_elsewhere():
            work("theirs")
            connections.close_all()

        thread = threading.Thread(target=work_elsewhere)
        thread.start()
        work("ours")
        thread.join()
        streams: dict[str, list[int]] = {}
        for event in trail.events(PAGE_VIEWED):
            streams.setdefault(event["stream_id"], []).append(event["stream_seq"])
        assert len(streams) == 2
        for numbers in streams.values():
            assert sorted(numbers) == list(range(min(numbers), min(numbers) + 6))

    def test_no_stream_of_this_run_has_a_hole(self, as_reader):
        holes = as_reader(
            "SELECT line::jsonb ->> 'stream_id', count(*), max((line::jsonb ->> 'stream_seq')::int) FROM audit_event"
            " WHERE line::jsonb ? 'stream_id' GROUP BY 1"
            " HAVING count(*) <> max((line::jsonb ->> 'stream_seq')::int)"
        )
        assert holes == []


class TestVocabulary:
    @pytest.mark.parametrize("tag", TAGS.values(), ids=str)
    def test_each_tag_is_a_sentence_with_an_action_and_codes(self, tag):
        assert len(tag.value.split(":")) == 3
        assert tag.value == tag.value.lower()
        assert tag.action in "CRUDE"
        assert tag.event_type
        assert tag.sentence[0].islower()
        assert not tag.sentence.endswith(".")

    def test_a_tag_is_declared_once(self):
        with pytest.raises(ValueError, match="declared twice"):
            _declare(PAGE_VIEWED.value, "opened a page again", "R", "rest")
