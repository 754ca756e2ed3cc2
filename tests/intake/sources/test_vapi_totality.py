"""Reading is total: no JSON object breaks it, and nothing but the allow-list comes through."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from intake.sources.vapi import MalformedBody, VapiMessage, delivery_identity, parse_message, read_json
from intake.sources.vapi.structured import ALLOWED_KEYS
from tests.payloads import load_payload

RECEIVED = datetime(2026, 11, 22, 17, 1, tzinfo=UTC)


def parse(document, **options):
    return parse_message(document, received_at=RECEIVED, region="US", **options)


NAMES = st.sampled_from(
    [
        *ALLOWED_KEYS,
        "type",
        "message",
        "call",
        "id",
        "customer",
        "number",
        "artifact",
        "analysis",
        "structuredData",
        "structuredOutputs",
        "result",
        "status",
        "timestamp",
        "startedAt",
        "endedAt",
        "endedReason",
        "durationSeconds",
        "durationMs",
        "transport",
        "callSid",
        "phoneNumberId",
        "recordingUrl",
        "summary",
        "diagnosis",
    ]
)
WILD_TEXT = st.text(st.characters(), max_size=30)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**20, 10**30)
    | st.floats()
    | WILD_TEXT
    | st.sampled_from(["end-of-call-report", "structured-data-extracted", "status-update", "+12025550143", "555-0123"])
    | st.sampled_from(["2026-11-22T17:00:25Z", "urgent", "after 3", "\ud800", "\0", "\ufffd"])
)
WILD_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WILD_TEXT, inner, max_size=8),
    max_leaves=40,
)
WILD_REPORTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["end-of-call-report", "structured-data-extracted"])},
    optional=dict.fromkeys(
        ("call", "customer", "artifact", "timestamp", "startedAt", "endedAt", "endedReason", "durationMs"), WILD_JSON
    )
    | {
        "structuredData": st.dictionaries(NAMES | WILD_TEXT, WILD_JSON, max_size=8),
        "analysis": st.fixed_dictionaries(
            {"structuredData": st.dictionaries(st.sampled_from(ALLOWED_KEYS), WILD_JSON)}
        ),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(NAMES | WILD_TEXT, WILD_JSON, max_size=8)
    | WILD_REPORTS
    | WILD_REPORTS.map(lambda m: {"message": m})
)
def test_any_json_object_is_read_without_an_exception_and_can_be_stored(document):
    message = parse(document, structured_output_ids=frozenset({"result"}))
    assert isinstance(message, VapiMessage)
    identity = delivery_identity(message, digest_key=b"k")
    assert len(identity.key) <= 256
    identity.key.encode("ascii")
    for text in strings_of(message):
        text.encode()
        assert not set(text) & {"\0", "\n", "\r", "\x1b"}
        assert len(text) <= 200


@settings(max_examples=100, deadline=None)
@given(WILD_REPORTS)
def test_what_is_read_from_bytes_is_read_or_refused_in_a_word(document):
    body = json.dumps(document).encode()
    # NaN and Infinity literals are refused; anything else is read.
    try:
        parsed = parse(read_json(body))
    except MalformedBody:
        assert b"NaN" in body or b"Infinity" in body
        return
    assert parsed.report is not None


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from strings_of(getattr(value, each.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from strings_of(inner)


CANARY = "Zqxcanary"
# Every path that is read on purpose; a canary under any other name must not come through.
READ_NAMES = {
    *ALLOWED_KEYS,
    *("type", "id", "assistantId", "phoneNumberId", "status", "number", "phoneCallProviderId", "callSid"),
}


def with_canaries(value, name=""):
    """Replace every text by a canary, except under the names whose values are read on purpose."""
    if isinstance(value, dict):
        return {key: with_canaries(inner, key) for key, inner in value.items()} | {"Zqxkey": CANARY}
    if isinstance(value, list):
        return [with_canaries(inner, name) for inner in value]
    return value if name in READ_NAMES else f"{CANARY}{name}"


# Everything a report may carry that must never be kept, beside what the payloads carry.
FORBIDDEN = {
    "summary": "x",
    "transcript": "x",
    "recordingUrl": "x",
    "partialText": "x",
    "endedReason": "x",
    "diagnosis": "x",
    "name": "x",
    "notes": ["x"],
}


def assert_no_canary(planted):
    message = parse(planted)
    assert message.report is not None
    assert message.report.first_name is not None
    for text in strings_of(message):
        assert "Zqx" not in text
    assert "Zqx" not in f"{message!r}{message.report!r}{delivery_identity(message, digest_key=b'k').key}"


@settings(max_examples=100, deadline=None)
@given(WILD_REPORTS)
def test_no_value_of_any_other_key_reaches_the_draft(document):
    extracted = {"patientFirstName": "Ann", **FORBIDDEN}
    placed = {**document, **FORBIDDEN, "analysis": FORBIDDEN, "call": {"id": "c1", **FORBIDDEN}}
    assert_no_canary(with_canaries({**placed, "structuredData": extracted}))


@pytest.mark.parametrize(
    "name",
    [
        "01_end_of_call_report_modern",
        "02_end_of_call_report_structured_outputs",
        "03a_end_of_call_report_hipaa_private_storage",
        "20_article_flat_structured_data_extracted",
        "21_article_flat_end_of_call_report",
        "22_article_message_wrapper_end_of_call_report",
    ],
)
def test_no_other_value_of_a_real_report_reaches_the_draft(name):
    document = load_payload(f"vapi/{name}.json")
    message = document.get("message", document)
    assert_no_canary(with_canaries({**message, **FORBIDDEN}))
