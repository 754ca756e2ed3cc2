"""Law: the record's documentation names every key a line can have, and no other."""

import re
from pathlib import Path
from uuid import uuid4

from audit.events import CALLBACK_VIEWED, Outcome, Purpose
from audit.providers import Actor
from audit.recording import canonical_line
from audit.scope import Origin, PendingEvent, Scope, Subject
from lib import clock

RECORD = Path(__file__).parents[2] / "docs" / "comply" / "record.md"


def test_every_key_of_a_full_line_is_documented_and_the_reverse():
    actor = Actor("human", "1", "ana", ("agent",), "password")
    origin = Origin(uuid4(), "queue", "GET", "127.0.0.1", True, "ref", "hash", "somebody")
    event = PendingEvent(
        tag=CALLBACK_VIEWED,
        actor=actor,
        recorded=clock.now(),
        subject=Subject("caller", "2"),
        obj=Subject("callback", "3"),
        clinic_id=uuid4(),
        fields={"first_name"},
        outcome=Outcome.SUCCESS,
        outcome_code="ok",
        rows_count=1,
        opened=2,
        audited=2,
        details={"call_id": "4"},
    )
    scope = Scope(actor=lambda: actor, origin=origin, purpose=Purpose.PATIENT_ADMINISTRATION)
    scope.in_emergency(uuid4(), reason="duty_to_inform")
    line = canonical_line(event, scope, event_id=uuid4(), status=200, stream=(uuid4(), 1))
    first_cells = re.findall(r"^\| (`.+?) \|", RECORD.read_text(), flags=re.MULTILINE)
    documented = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert documented == set(line)
