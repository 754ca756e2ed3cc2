"""The description of the endpoints is true: it is what the code says, complete, and every example is answered so."""

import json

import pytest
import time_machine
from django.core.management import call_command
from jsonschema import Draft202012Validator

from intake import refusals, views
from intake.models import Line
from intake.openapi.answers import ANSWERS
from intake.openapi.messages import EXAMPLES, KINDS, SCHEMAS
from intake.sources.vapi.kinds import KNOWN_TYPES
from intake.web.endpoints import DESCRIPTION
from lib.errors import Refusal
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import send
from tests.policies.addresses import WEBHOOKS
from tests.policies.test_source import SOURCES, nodes, room_of

DOCUMENT = json.loads(DESCRIPTION.read_text())
OPERATIONS = {path: operation for path, methods in DOCUMENT["paths"].items() for operation in methods.values()}


@pytest.fixture
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield


def follows(schema_name: str, value) -> bool:
    schema = {"$ref": f"#/components/schemas/{schema_name}", "components": DOCUMENT["components"]}
    return bool(Draft202012Validator(schema).is_valid(value))


def test_the_file_is_what_the_code_says(capsys):
    """Otherwise: python manage.py describe_endpoints > intake/openapi/openapi.json, and read the difference."""
    call_command("describe_endpoints")
    assert capsys.readouterr().out == DESCRIPTION.read_text()


def test_every_endpoint_for_machines_is_described():
    described = {path.removeprefix("/").replace("{line_id}", "<uuid:line_id>") for path in OPERATIONS}
    assert described == WEBHOOKS


def test_every_refusal_of_the_rooms_own_is_described_under_its_status():
    told = {
        (code, int(status))
        for operation in OPERATIONS.values()
        for status, answer in operation["responses"].items()
        if status != "200"
        for code in answer["content"]["application/json"]["schema"]["properties"]["error"]["enum"]
    }
    own = {
        (kind.code, kind.status)
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal
    }
    assert own < told
    assert told - own == {("not_found", 404), ("trail_unwritable", 503)}


def test_a_line_of_its_own_may_be_unknown_and_the_common_address_not():
    assert "404" in OPERATIONS["/webhook/vapi/{line_id}"]["responses"]
    assert "404" not in OPERATIONS["/webhook/vapi"]["responses"]


def test_every_type_of_message_is_described_once():
    told = [word for kind in KINDS.values() for word in kind["properties"]["type"].get("enum", [])]
    assert sorted(told) == sorted(KNOWN_TYPES)


def test_every_kind_of_message_has_an_example():
    assert set(KINDS) <= set(EXAMPLES)
    shown = OPERATIONS["/webhook/vapi"]["requestBody"]["content"]["application/json"]["examples"]
    assert {name: entry["value"] for name, entry in shown.items()} == {
        name: found for name, (_, found) in EXAMPLES.items()
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_of_its_kind_and_answered_as_described(tuesday, name):
    _, message = EXAMPLES[name]
    kind = next(kind for kind in sorted(KINDS, key=len, reverse=True) if name.startswith(kind))
    assert follows(kind, message.get("message", message))
    assert follows("Delivery", message)
    response = send(message)
    assert response.status_code == 200
    assert [found for found in ANSWERS if follows(found, response.json())] == [ANSWERED[name]]


ANSWERED = {
    "Report": "Stored",
    "ReportFlat": "Stored",
    "StatusUpdate": "Ignored",
    "SpeechUpdate": "Acknowledged",
    "UserInterrupted": "Ignored",
    "AssistantRequest": "Spoken",
    "ToolCalls": "ToolResults",
    "TransferDestinationRequest": "Spoken",
    "UnsupportedRequest": "NotSupported",
    "Notification": "Ignored",
    "OtherMessage": "Ignored",
}


@pytest.mark.parametrize(
    ("changes", "answer"), [({"assistant_id": "a-1"}, "Assistant"), ({"staff_number": "+12025550199"}, "Staff")]
)
def test_who_takes_a_call_is_answered_as_described(tuesday, changes, answer):
    Line.objects.update(**changes)
    assert follows(answer, send(EXAMPLES["AssistantRequest"][1]).json())


def test_every_schema_is_one_and_none_is_left_over():
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert f'"#/components/schemas/{name}"' in json.dumps(DOCUMENT), name


def test_a_desk_runs_without_the_generator():
    importing = {
        room_of(path)
        for path in SOURCES
        for node in nodes(path)
        if (getattr(node, "module", None) or "").startswith(("drf_spectacular", "intake.openapi.describing"))
    }
    assert importing == {"intake/openapi/describing.py", "intake/management/commands/describe_endpoints.py"}


def test_the_description_says_what_an_auditor_looks_for():
    assert views.VapiWebhook.http_method_names == ("post",)
    for operation in OPERATIONS.values():
        assert {"401", "405", "408", "411", "413", "415", "429", "503"} <= set(operation["responses"])
        for answer in operation["responses"].values():
            assert {"Cache-Control", "X-Request-ID"} <= set(answer["headers"])
        assert all("Retry-After" in operation["responses"][status]["headers"] for status in ("429", "503"))
