"""The trail as FHIR: every tag gives a resource that the schema and our own table of rules accept, and no lie passes."""

import copy
import json
from uuid import uuid4

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle

from audit.background import service_scope
from audit.events import CALLBACK_VIEWED, TAGS, Outcome
from audit.export.fhir import PATIENT_READ, as_audit_event, as_bundle
from audit.export.fhir_rules import broken_rules
from audit.models import AuditEvent as TrailEvent
from audit.recording import record_event
from audit.scope import Subject
from lib import clock
from tests.policies.callers import promise_call

WHEN = "2026-11-24T15:12:00+00:00"


def line_for(tag, **more):
    """What the recorder writes for a tag."""
    line = {
        "v": 1, "id": str(uuid4()), "recorded": "2026-11-24T15:12:00.123456+00:00", "tag": tag.value,
        "event_type": tag.event_type, "subtypes": list(tag.subtypes), "action": tag.action, "outcome": 0, "purpose": ["PATADMIN"],
        "actor_kind": "human", "actor_id": str(uuid4()), "actor_label": "ana", "actor_roles": ["agent"], "auth_method": "password",
        "ip": "127.0.0.1", "subject_kind": "caller", "subject_id": str(uuid4()), "object_kind": "callback",
        "object_id": str(uuid4()), "fields": ["first_name"], "request_id": str(uuid4()),
    }  # fmt: skip
    return line | more


def sound(resource):
    AuditEvent.model_validate(resource)
    assert broken_rules(resource) == []
    return resource


@pytest.mark.parametrize("tag", TAGS.values(), ids=TAGS)
def test_every_word_of_the_trail_has_a_sound_resource(tag):
    sound(as_audit_event(line_for(tag)))
    bare = line_for(tag, outcome=8, outcome_code="failed", actor_label="not signed in", fields=[], purpose=["HCOMPL"])
    for name in (
        "ip",
        "actor_id",
        "actor_roles",
        "auth_method",
        "subject_kind",
        "subject_id",
        "object_kind",
        "object_id",
    ):
        del bare[name]
    sound(as_audit_event(bare))


def test_what_was_recorded_comes_out_as_a_valid_bundle(cast):
    since = clock.now()
    ana = cast.browser("ana")
    ana.get(f"/callbacks/{promise_call(cast.riverside).pk}")
    with service_scope("test", route="test"):
        record_event(CALLBACK_VIEWED, subject=Subject("caller", "1"), obj=Subject("callback", "2"))
        record_event(CALLBACK_VIEWED, outcome=Outcome.MINOR_FAILURE, outcome_code="not_found")
    recorded = TrailEvent.objects.using("audit_reader").filter(stored_at__gte=since).order_by("stored_at")
    lines = [event.facts for event in recorded]
    bundle = as_bundle(lines, made_at=WHEN)
    Bundle.model_validate_json(json.dumps(bundle))
    assert len(bundle["entry"]) == len(lines) >= 3
    for entry in bundle["entry"]:
        sound(entry["resource"])


def test_only_a_successful_opening_of_a_callers_record_claims_the_profile():
    assert as_audit_event(line_for(CALLBACK_VIEWED))["meta"] == {"profile": [PATIENT_READ]}
    for less in ({"outcome": 4}, {"subject_id": None}, {"object_id": None}, {"action": "E"}):
        assert "meta" not in as_audit_event(line_for(CALLBACK_VIEWED) | less)


def change(resource, path, value):
    changed = copy.deepcopy(resource)
    *way, last = path
    target = changed
    for step in way:
        target = target[step]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("action",), "Z", "Z is no action"),
        (("outcome",), "7", "7 is no outcome"),
        (("type", "code"), "rust", "rust is no code of"),
        (("subtype", 0, "system"), "http://example.org", "read is no code of http://example.org"),
        (("agent", 2, "requestor"), False, "0 agents asked"),
        (("agent", 2, "network"), {"address": "x", "type": "2"}, "not an address"),
        (("agent", 0, "network"), None, "a machine has no address"),
        (("outcome",), "4", "PatientRead has another outcome"),
        (("action",), "E", "PatientRead has another action"),
        (("type", "code"), "110101", "PatientRead has another type"),
        (("subtype",), [], "PatientRead is no read"),
        (("agent", 2, "type", "coding", 0, "code"), "AUT", "PatientRead has other agents"),
        (("entity", 0), None, "names 0 of one patient"),
        (("entity", 1), None, "names 0 of one record"),
    ],
)
def test_what_a_schema_lets_pass_the_table_names(path, value, said):
    wrong = change(as_audit_event(line_for(CALLBACK_VIEWED)), path, value)
    assert any(said in sentence for sentence in broken_rules(wrong)), broken_rules(wrong)
