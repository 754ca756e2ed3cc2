"""Reveal is the one way from ciphertext to value, and the trail knows first."""

import pytest

from audit.background import service_scope
from audit.events import CALLBACK_VIEWED, NUMBER_REVEALED, QUEUE_CALLER_SHOWN
from audit.recording import audited_count
from audit.scope import NoAuditScopeError, current_scope
from vault.envelope import SealBrokenError, opened_count
from vault.reveal import reveal


def test_outside_a_scope_nothing_opens(dana):
    before = opened_count.fields
    with pytest.raises(NoAuditScopeError):
        reveal(dana, "first_name", tag=CALLBACK_VIEWED)
    assert opened_count.fields == before


def test_after_the_record_is_written_nothing_opens(dana):
    with service_scope("worker", route="test") as scope:
        scope.is_closed = True
        with pytest.raises(NoAuditScopeError):
            reveal(dana, "first_name", tag=CALLBACK_VIEWED)


def test_the_fields_come_in_order_and_empty_ones_are_none(dana):
    dana.called_from = None
    with service_scope("worker", route="test"):
        opened = reveal(dana, "phone", "called_from", "first_name", "phone_tail", tag=CALLBACK_VIEWED)
    assert opened == ("+12025550143", None, "Dana", "43")


def test_the_event_names_subject_object_and_the_fields_that_held_something(dana, trail):
    dana.called_from = None
    with service_scope("worker", route="test"):
        reveal(dana, "phone", "called_from", tag=NUMBER_REVEALED)
        reveal(dana, "first_name", tag=NUMBER_REVEALED)
    (event,) = trail.events(NUMBER_REVEALED)
    assert event["subject_kind"] == "caller"
    assert event["subject_id"] == str(dana.caller_id)
    assert event["object_id"] == str(dana.pk)
    assert event["clinic_id"] == str(dana.clinic_id)
    assert event["fields"] == ["first_name", "phone"]
    assert event["phi_accessed"] is True
    assert "43" not in str(event["fields"])


def test_the_trail_knows_before_anything_opens(dana, monkeypatch):
    """Order is the rule: a failing recorder leaves the envelope shut."""
    monkeypatch.setattr("vault.reveal.record_read", lambda **_: (_ for _ in ()).throw(RuntimeError("no trail")))
    before = opened_count.fields
    with service_scope("worker", route="test"), pytest.raises(RuntimeError, match="no trail"):
        reveal(dana, "first_name", tag=CALLBACK_VIEWED)
    assert opened_count.fields == before


def test_a_page_without_a_tag_of_its_own_must_name_one(dana):
    with service_scope("worker", route="test"), pytest.raises(RuntimeError, match="name one"):
        reveal(dana, "first_name")


@pytest.mark.usefixtures("by_hand")
def test_a_value_moved_between_rows_in_the_database_opens_in_neither(dana, eli, trail):
    with service_scope("worker", route="test") as scope:
        stolen = type(dana).objects.get(pk=dana.pk)
        stolen.__dict__["first_name"] = eli.first_name.bound_to(dana.pk)
        with pytest.raises(SealBrokenError):
            reveal(stolen, "first_name", tag=CALLBACK_VIEWED)
        assert scope is current_scope()
    # The try is on the trail all the same.
    assert [event["object_id"] for event in trail.events(CALLBACK_VIEWED)] == [str(dana.pk)]


def test_counts_of_opened_and_audited_fields_move_together(dana):
    opened, audited = opened_count.fields, audited_count.fields
    dana.called_from = None
    with service_scope("worker", route="test"):
        reveal(dana, "first_name", "phone", "called_from", tag=CALLBACK_VIEWED)
        reveal(dana, "first_name", tag=CALLBACK_VIEWED)
    assert (opened_count.fields - opened, audited_count.fields - audited) == (3, 3)


def test_the_first_line_of_a_request_adds_up_what_was_opened_and_told(dana, trail):
    with service_scope("test", route="test", tag=CALLBACK_VIEWED):
        reveal(dana, "first_name", "phone")
        reveal(dana, "phone_tail", tag=QUEUE_CALLER_SHOWN)
    first, second = trail.events()
    assert (first["opened"], first["audited"]) == (3, 3)
    assert not {"opened", "audited"} & second.keys()
