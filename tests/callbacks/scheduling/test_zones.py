"""What a number says about where it rings: a hint, or nothing."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from callbacks.scheduling import zones
from callbacks.scheduling.zones import recipient_zones


@pytest.mark.parametrize(
    ("number", "names"),
    [
        ("+12025550117", ["America/New_York"]),
        ("+12135550117", ["America/Los_Angeles"]),
        ("+12135550117;ext=5", ["America/Los_Angeles"]),
        # Area codes that straddle a border: the library picks one side, and we take it for a hint only.
        ("+14235550117", ["America/Chicago"]),
        ("+18505550117", ["America/New_York"]),
        ("+442079460123", ["Europe/London"]),
    ],
)
def test_a_geographic_number_hints_at_its_zone(number, names):
    assert recipient_zones(number) == tuple(ZoneInfo(name) for name in names)


def test_a_number_of_two_zones_keeps_both():
    assert set(recipient_zones("+19075550117")) == {ZoneInfo("America/Adak"), ZoneInfo("America/Anchorage")}


@pytest.mark.parametrize(
    "number",
    [
        "+18005550123",  # toll-free: 42 zones
        "+61491570156",  # an Australian mobile: any of its zones, more than four
        "+883510001234567",  # belongs to no country
        "+1911",
        "+15550123",
        "5550123",
        "anonymous",
        "",
    ],
)
def test_a_number_that_hints_at_nothing_leaves_the_clinics_zone(number):
    assert recipient_zones(number) == ()


def test_a_zone_this_machine_does_not_know_is_no_hint(monkeypatch):
    def missing(name):
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zones, "ZoneInfo", missing)
    assert recipient_zones("+12025550117") == ()
