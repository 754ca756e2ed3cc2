"""Reading a body: one JSON object or one word why not (security.md 1, rows 18-19; decision 9)."""

import json
import time

import pytest
from hypothesis import given, strategies as st

from intake.sources.vapi import MalformedBody, MalformedReason, read_json
from intake.sources.vapi.reading import DEEPEST_NESTING
from tests.payloads import load_payload, read_payload, vapi_payload_names


def refusal(body):
    with pytest.raises(MalformedBody) as caught:
        read_json(body)
    return caught.value.reason


@pytest.mark.parametrize("name", vapi_payload_names())
def test_every_payload_reads_as_plain_json(name):
    assert read_json(read_payload(name)) == load_payload(name)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", MalformedReason.NOT_JSON),
        (b"  ", MalformedReason.NOT_JSON),
        (b"{", MalformedReason.NOT_JSON),
        (b'{"a":1,}', MalformedReason.NOT_JSON),
        (b'{"a":1}x', MalformedReason.NOT_JSON),
        (b"{'a':1}", MalformedReason.NOT_JSON),
        (b'{"a":"\n"}', MalformedReason.NOT_JSON),
        (b'{"a":"\x00"}', MalformedReason.NOT_JSON),
        (b'{"a":"\\u12"}', MalformedReason.NOT_JSON),
        (b'{"a":01}', MalformedReason.NOT_JSON),
        (b'1795366831.{"a":1}', MalformedReason.NOT_JSON),
        (b'{"a":NaN}', MalformedReason.NOT_JSON),
        (b'{"a":Infinity}', MalformedReason.NOT_JSON),
        (b'{"a":-Infinity}', MalformedReason.NOT_JSON),
        (b'{"a":"', MalformedReason.NOT_JSON),
        (b'{"a":"\\', MalformedReason.NOT_JSON),
        (b"\xef\xbb\xbf{}", MalformedReason.BYTE_ORDER_MARK),
        (b"\xff\xfe{\x00}\x00", MalformedReason.NOT_UTF8),
        (b'{"a":"\xff"}', MalformedReason.NOT_UTF8),
        (b'{"a":"\xed\xa0\x80"}', MalformedReason.NOT_UTF8),
        (b'{"a":"\xc0\xaf"}', MalformedReason.NOT_UTF8),
        (b"[]", MalformedReason.NOT_AN_OBJECT),
        (b"null", MalformedReason.NOT_AN_OBJECT),
        (b'"{}"', MalformedReason.NOT_AN_OBJECT),
        (b"5", MalformedReason.NOT_AN_OBJECT),
        (b"[" * 1000 + b"]" * 1000, MalformedReason.TOO_DEEP),
        (b"[" * 100_000, MalformedReason.TOO_DEEP),
        (b'{"a":' * 100_000, MalformedReason.TOO_DEEP),
    ],
)
def test_what_is_not_one_object_is_refused_in_one_word(body, reason):
    assert refusal(body) is reason


def nested(depth):
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


def test_nesting_is_counted_exactly_and_not_inside_strings():
    assert isinstance(read_json(nested(DEEPEST_NESTING)), dict)
    assert refusal(nested(DEEPEST_NESTING + 1)) is MalformedReason.TOO_DEEP
    brackets = json.dumps({"a": '[{"\\' * 500, '\\"[[': [1], "b": [{}] * 300}).encode()
    assert read_json(brackets) == json.loads(brackets)


@pytest.mark.parametrize("body", [b'\\"' * 300_000, b'"' + b'\\"' * 300_000, b"[]" * 150_000, b'"' * 300_001])
def test_hostile_bodies_take_linear_time(body):
    started = time.process_time()
    assert refusal(body) is MalformedReason.NOT_JSON
    assert time.process_time() - started < 2


def test_the_refusal_carries_nothing_of_the_body():
    with pytest.raises(MalformedBody) as caught:
        read_json(b'{"name": "Zqxname", oops')
    error = caught.value
    assert "Zqxname" not in f"{error!r}{error}{error.args}"
    assert error.__cause__ is None
    assert error.__suppress_context__


TWICE = b'{"patientFirstName": "John", "patientFirstName": "Mallory"}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "structured-data-extracted", "structuredData": %s}' % TWICE,
        b'{"message": {"type": "end-of-call-report", "structuredData": %s}}' % TWICE,
        b'{"message": {"type": "end-of-call-report", "analysis": {"structuredData": %s}}}' % TWICE,
        b'{"message": {"type": "x", "artifact": {"structuredOutputs": {"1": {"name": "n", "result": %s}}}}}' % TWICE,
        b'{"type": "x", "structuredData": {"patientFirstName": [%s]}}' % TWICE,
    ],
)
def test_a_key_given_twice_in_structured_data_is_refused(body):
    assert refusal(body) is MalformedReason.DUPLICATE_KEY


def test_a_key_given_twice_elsewhere_takes_the_last_value():
    body = b'{"type": "a", "type": "b", "call": {"id": "1", "id": "2"}, "structuredData": {"patientFirstName": "J"}}'
    assert read_json(body) == {"type": "b", "call": {"id": "2"}, "structuredData": {"patientFirstName": "J"}}


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 5000, b"-" + b"9" * 5000, b"9" * 21])
def test_a_number_nobody_can_hold_becomes_unreadable_text(number):
    assert read_json(b'{"a": [%s]}' % number) == {"a": ["\ufffd"]}


def test_surrogates_and_nul_are_left_to_the_readers_of_fields():
    assert read_json(rb'{"a": "\ud800", "b": "\u0000"}') == {"a": "\ud800", "b": "\0"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_json_writes_is_read_back(document):
    for ascii_only in (True, False):
        text = json.dumps(document, ensure_ascii=ascii_only)
        assert read_json(text.encode("utf-8")) == document


@given(st.binary(max_size=300) | st.text(alphabet='{}[]",:\\ue019 ', max_size=300).map(str.encode))
def test_any_bytes_are_an_object_or_a_refusal(body):
    # Any other exception fails the test.
    try:
        document = read_json(body)
    except MalformedBody:
        return
    assert isinstance(document, dict)
