"""docs/operate/vapi.md is true: its addresses lead somewhere, its credentials open a line, its schema asks what is read."""

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from django.core.management import get_commands, load_command_class
from django.test import Client
from django.urls import resolve

from config.known_settings import NAMES
from intake.models import Delivery
from intake.signatures import SHORTEST_SECRET_BYTES
from intake.sources.vapi.appointment import parse_appointment
from intake.sources.vapi.kinds import KNOWN_TYPES
from intake.sources.vapi.preferred_time import parse_preferred_time
from intake.sources.vapi.reading import DEEPEST_NESTING
from intake.sources.vapi.structured import ALLOWED_KEYS
from intake.web.endpoints import DESCRIPTION
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.lines import HILLTOP_SECRET, make_line
from tests.intake.reports import as_bytes, report, send

TEXT = (Path(__file__).parents[2] / "docs" / "operate" / "vapi.md").read_text()
BLOCKS = {
    name: json.loads(block)
    for name, block in re.findall(r"^```json (.+?)\n(.+?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
}
CREDENTIALS = {
    name.removeprefix("credential "): block for name, block in BLOCKS.items() if name.startswith("credential")
}
# Refusals that pass by themselves, or after which a report is stored all the same.
MAY_BE_REPEATED = {408, 422, 429, 503}


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield


def sent_by_vapi(plan, body, *, text):
    """The headers VAPI adds under such a plan, as its API describes them; reckoned here without the desk's own code."""
    if plan["type"] == "bearer":
        return {plan["headerName"]: f"Bearer {text}" if plan["bearerPrefixEnabled"] else text}
    if plan["type"] == "oauth2":
        form = {"grant_type": "client_credentials", "client_id": plan["clientId"], "client_secret": text}
        answer = (
            Client()
            .post(urlsplit(plan["url"]).path, urlencode(form), content_type="application/x-www-form-urlencoded")
            .json()
        )
        return {"Authorization": f"{answer['token_type']} {answer['access_token']}"}
    stamp = str(int(clock.now().timestamp()))
    signed = plan["payloadFormat"].encode().replace(b"{timestamp}", stamp.encode()).replace(b"{body}", body)
    digest = hmac.new(text.encode(), signed, getattr(hashlib, plan["algorithm"])).digest()
    encoded = digest.hex() if plan["signatureEncoding"] == "hex" else base64.b64encode(digest).decode()
    stamped = {plan["timestampHeader"]: stamp} if plan["includeTimestamp"] else {}
    return {plan["signatureHeader"]: encoded, **stamped}


def test_it_holds_a_credential_for_every_way_of_proof():
    assert set(CREDENTIALS) == {"hmac", "article", "bearer", "vapi_secret", "oauth2"}
    assert set(BLOCKS) == {"server", "assistant", "schema", *(f"credential {proof}" for proof in CREDENTIALS)}


@pytest.mark.parametrize("proof", CREDENTIALS)
def test_a_delivery_under_the_credential_is_taken_by_a_line_that_is_proven_so(cast, proof):
    line = make_line(cast.hilltop, proof=proof)
    plan = CREDENTIALS[proof]["authenticationPlan"]
    if proof == "oauth2":
        plan = plan | {"clientId": str(line.pk)}
    body, url = as_bytes(report()), f"/webhook/vapi/{line.pk}"
    assert send(body, sent_by_vapi(plan, body, text=HILLTOP_SECRET), url=url).json()["outcome"] == "queued"
    assert Delivery.objects.get().line == line


def test_the_credentials_hold_no_secret():
    for credential in CREDENTIALS.values():
        plan = credential["authenticationPlan"]
        assert plan.get("secretKey", plan.get("token", plan.get("clientSecret"))) == "<the secret>"
        assert credential["provider"] == "custom-credential"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (BLOCKS["server"]["server"]["url"], "intake:vapi-line"),
        (CREDENTIALS["oauth2"]["authenticationPlan"]["url"], "intake:token"),
        ("https://desk.example.com/webhook/vapi", "intake:vapi"),
        ("https://desk.example.com/health", "health"),
    ],
)
def test_its_addresses_lead_somewhere(address, name):
    assert address in TEXT
    assert resolve(urlsplit(address).path).view_name == name
    assert address.startswith("https://")


def test_what_is_not_to_be_repeated_is_excluded_from_the_retries():
    plan = BLOCKS["server"]["server"]["backoffPlan"]
    document = json.loads(DESCRIPTION.read_text())
    refused = {
        int(status) for status in document["paths"]["/webhook/vapi/{line_id}"]["post"]["responses"] if status != "200"
    }
    # 403 is what a proxy or a firewall says; this endpoint never does.
    assert set(plan["excludedStatusCodes"]) == (refused - MAY_BE_REPEATED) | {403}
    assert plan["maxRetries"] >= 3
    assert plan["type"] == "exponential"


def test_the_messages_it_subscribes_to_are_known_and_hold_the_report():
    assert "end-of-call-report" in BLOCKS["server"]["serverMessages"]
    assert set(BLOCKS["server"]["serverMessages"]) <= KNOWN_TYPES


def test_the_schema_asks_for_what_is_read_and_nothing_else():
    schema = BLOCKS["schema"]
    assert set(schema["properties"]) <= set(ALLOWED_KEYS)
    assert schema["additionalProperties"] is False
    for word in schema["properties"]["appointmentType"]["enum"]:
        assert parse_appointment(word)[2] == ()
    for word in schema["properties"]["preferredTime"]["enum"]:
        window, words, defects = parse_preferred_time(word)
        assert (window, words, defects) == (word, None, ())


def test_everything_that_would_keep_what_callers_say_is_off():
    def switches(block):
        return [
            value for inner in block.values() for value in (switches(inner) if isinstance(inner, dict) else [inner])
        ]

    assert set(switches(BLOCKS["assistant"])) == {False}


def test_its_limits_are_the_codes(settings):
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", TEXT.partition("## Limits")[2], flags=re.MULTILINE))
    assert rows["body"].startswith(f"{settings.INTAKE_BODY_LIMIT // 2**20} MiB")
    assert rows["nesting"] == f"{DEEPEST_NESTING} levels"
    assert rows["length of a secret"].startswith(f"{SHORTEST_SECRET_BYTES} ")
    assert rows["refused messages of a source and minute"].startswith(f"{settings.INTAKE_RATE_LIMIT},")
    assert rows["time for a body to arrive"] == f"{settings.BODY_SECONDS:g} s"
    named = set(re.findall(r"`((?:INTAKE|RINGBACK|VAPI|PUBLIC)_[A-Z_]+)", TEXT))
    assert named <= set(NAMES)
    assert {"INTAKE_RATE_LIMIT", "INTAKE_STRICT", "PUBLIC_URL", "VAPI_SERVER_SECRET"} <= named


def test_the_command_it_shows_is_the_commands():
    parser = load_command_class(get_commands()["explain_delivery"], "explain_delivery").create_parser("manage.py", "x")
    shown = re.search(r"^manage\.py explain_delivery (.+)$", TEXT, flags=re.MULTILINE)[1].split()
    given = parser.parse_args(shown)
    assert str(given.line) == "0193b5a0-0000-7000-8000-000000000000"
