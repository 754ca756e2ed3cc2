"""Names of records: short where the whole would say nothing more, whole where somebody has to act on it."""

import pytest

from audit.web.names import record_name

RECORD = "01a2067e-bc28-78aa-9ae9-a8a03245bf95"


@pytest.mark.parametrize(
    ("kind", "record_id", "name"),
    [
        ("caller", RECORD, "caller …3245bf95"),
        ("source", "203.0.113.77", "source 203.0.113.77"),
        ("source", "2001:db8::7777:8888", "source 2001:db8::7777:8888"),
        ("source", "unknown", "source unknown"),
    ],
)
def test_a_record_without_a_name(kind, record_id, name):
    assert record_name(kind, record_id, {}) == name


def test_a_record_that_people_have_a_name_for():
    assert record_name("callback", RECORD, {RECORD: "CB-1042"}) == "CB-1042"
