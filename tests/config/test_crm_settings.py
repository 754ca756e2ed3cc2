"""Whom the desk may speak to: nobody unless named, and in the clinic's own network only where that is said."""

import runpy
from pathlib import Path

import pytest

SETTINGS = Path(__file__).parents[2] / "config" / "settings" / "crm.py"


def hosts(monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[set[str], set[str]]:
    for name in ("HEALTHCARE_CRM_ENDPOINT", "RINGBACK_OUTBOUND_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(SETTINGS))
    return {*read["OUTBOUND_HOSTS"]}, {*read["OUTBOUND_PRIVATE_HOSTS"]}


def test_nobody_is_spoken_to_unless_named(monkeypatch):
    assert hosts(monkeypatch) == (set(), set())


def test_named_hosts_are_public_ones_but_for_those_said_to_be_private(monkeypatch):
    named = " crm.example.com, private:CRM.clinic.example ,"
    both = hosts(monkeypatch, RINGBACK_OUTBOUND_HOSTS=named)
    assert both == ({"crm.example.com", "crm.clinic.example"}, {"crm.clinic.example"})


def test_the_endpoint_of_the_environment_names_its_host_by_itself(monkeypatch):
    found = hosts(
        monkeypatch, HEALTHCARE_CRM_ENDPOINT="http://127.0.0.1:9000/api", RINGBACK_OUTBOUND_HOSTS="a.example"
    )
    assert found == ({"127.0.0.1", "a.example"}, {"127.0.0.1"})
