"""The canaries themselves: a search that finds nothing must be one that would have found something."""

import base64
import json
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest

from tests.policies.canaries import DROPPED, NEEDLES, SEALED, VALUES, found_in, found_in_bytes
from vault.envelope import seal_text


@pytest.mark.parametrize("value", VALUES.values())
@pytest.mark.parametrize(
    "encode",
    [
        str,
        str.upper,
        repr,
        json.dumps,
        quote,
        lambda value: urlencode({"note": value, "x": "1"}),
        lambda value: value.encode().hex(),
        lambda value: value.encode().hex().upper(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.b64encode(f"a{value}b".encode()).decode(),
        lambda value: base64.urlsafe_b64encode(f'["{value}"]'.encode()).decode(),
        lambda value: base64.b64encode(json.dumps([["", value]]).encode()).decode(),
        lambda value: f"Key (name)=({value}) already exists",
        lambda value: str(value.encode()),
    ],
)
def test_each_is_found_in_every_spelling(value, encode):
    assert found_in(f"before {encode(value)} after")


@pytest.mark.parametrize("spelling", ["5550181", "555-0181", "(202) 555-0181", "2025550181", "1 202 555 0181"])
def test_a_number_is_found_by_its_last_seven_digits(spelling):
    assert found_in(spelling)


def test_each_is_found_in_files():
    for value in SEALED.values():
        assert found_in_bytes(b"\x00" + value.encode() + b"\xff")
    assert found_in_bytes(b"5550182")


def test_nothing_is_found_where_nothing_is(db):
    assert not found_in("CB-1042 Riverside +12025550100 Dana 555-0100 Zqx")
    assert not found_in("".join(seal_text(value, label="x", row_id=uuid4()) for value in VALUES.values()))


def test_they_differ_from_each_other_and_from_the_clinics_own_numbers():
    assert len(VALUES) == len(SEALED) + len(DROPPED)
    assert not any("0100" in needle for needle in NEEDLES)
    assert min(map(len, NEEDLES)) >= 6
