"""The extract about one record: proven event by event, without the rest of the trail, and as FHIR beside it."""

import json
from uuid import uuid4

import pytest
from django.core.management import call_command
from fhir.resources.R4B.bundle import Bundle

from audit.background import service_scope
from audit.events import CALLBACK_VIEWED
from audit.models import AuditEvent
from audit.recording import record_event
from audit.scope import Subject
from audit.sealing.sealer import seal_everything
from tests.audit.sealing.test_red_team import head, verify


@pytest.fixture
def about():
    return str(uuid4())


@pytest.fixture
def extract(house, about, tmp_path):
    """Two events about the record among ten others, in two seals; the folder of the extract."""
    for _ in range(2):
        house.write(5)
        with service_scope("test", route="test"):
            record_event(CALLBACK_VIEWED, obj=Subject("callback", about))
        seal_everything()
    folder = tmp_path / "extract"
    call_command("audit", "extract", str(folder), "--about", about)
    return folder


def test_its_events_are_proven_and_nobody_elses_are_told(extract, about):
    code, said = verify(extract, "--expect-head", head(), "--all-signatures")
    assert (code, said.splitlines()[-1]) == (0, "INTACT.")
    lines = [json.loads(json.loads(row)["line"]) for row in (extract / "events.ndjson").read_text().splitlines()]
    assert [line["object_id"] for line in lines] == [about, about]
    assert "record-" not in (extract / "events.ndjson").read_text()


def test_an_edited_event_does_not_lead_to_its_seal(extract, about):
    events = extract / "events.ndjson"
    events.write_text(events.read_text().replace(about, str(uuid4())))
    code, said = verify(extract)
    assert code == 1
    assert "is not what was sealed" in said


def test_the_verifier_and_a_valid_bundle_lie_beside_it(extract, about):
    assert (extract / "verify.py").read_text().startswith('"""Audit\'s verifier')
    bundle = json.loads((extract / "events.fhir.json").read_text())
    Bundle.model_validate(bundle)
    assert [entry["resource"]["entity"][0]["what"]["identifier"]["value"] for entry in bundle["entry"]] == [
        about,
        about,
    ]


def test_it_is_on_record_with_whom_it_was_about(extract, about):
    exported = AuditEvent.objects.using("audit_reader").get(tag="audit:trail:exported")
    assert (exported.object_id, exported.facts["details"]) == (about, {"scope": "extract"})
