"""Export's rules over FHIR AuditEvents: codes and BALP's PatientRead, which structural validation does not check. Pure.

The table is ours, written from the profiles (FHIR 4.0.1, BALP 1.1); HL7's own validator needs Java and the network.
"""

from collections.abc import Iterator
from typing import Any

from audit.export.fhir import (
    BALP_ENTITY_TYPE,
    DCM,
    ENTITY_ROLE,
    ENTITY_TYPE,
    EVENT_TYPE,
    LIFECYCLE,
    PARTICIPATION,
    PATIENT_READ,
    REASON,
    REST,
    SOURCE_TYPE,
    Resource,
)

# Every code we may write, by system.
CODES: dict[str, frozenset[str]] = {
    EVENT_TYPE: frozenset({"rest"}),
    REST: frozenset({"read", "search", "create", "update", "delete"}),
    DCM: frozenset({
        "110101", "110106", "110107", "110112", "110113", "110114", "110122", "110123", "110126", "110127", "110136", "110137",
        "110138", "110152", "110153",
    }),
    LIFECYCLE: frozenset({"decrypt", "receive", "disclose", "destroy"}),
    PARTICIPATION: frozenset({"IRCP", "AUT"}),
    REASON: frozenset({"PATADMIN", "TREAT", "HCOMPL", "HSYSADMIN"}),
    ENTITY_TYPE: frozenset({"1", "2"}),
    ENTITY_ROLE: frozenset({"1", "4"}),
    SOURCE_TYPE: frozenset({"4"}),
    BALP_ENTITY_TYPE: frozenset({"XrequestId"}),
}  # fmt: skip
ACTIONS = frozenset("CRUDE")
OUTCOMES = frozenset({"0", "4", "8", "12"})


def broken_rules(event: Resource) -> list[str]:
    """What is wrong with one AuditEvent, in sentences; nothing for a sound one."""
    return [*_codes(event), *_always(event), *(_patient_read(event) if _claims(event) else ())]


def _claims(event: Resource) -> bool:
    return PATIENT_READ in event.get("meta", {}).get("profile", [])


def _codes(event: Resource) -> Iterator[str]:
    for coding in _codings(event):
        if coding["code"] not in CODES.get(coding["system"], ()):
            yield f"{coding['code']} is no code of {coding['system']}"


def _codings(value: Any) -> Iterator[dict[str, str]]:
    """Every coding, however deep."""
    if isinstance(value, dict):
        if {"system", "code"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _codings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _codings(inner)


def _always(event: Resource) -> Iterator[str]:
    if event["action"] not in ACTIONS:
        yield f"{event['action']} is no action"
    if event["outcome"] not in OUTCOMES:
        yield f"{event['outcome']} is no outcome"
    requestors = [agent for agent in event["agent"] if agent["requestor"]]
    if len(requestors) != 1:
        yield f"{len(requestors)} agents asked for it, not one"
    if any("network" in agent for agent in requestors):
        yield "who asked is a person or a service, not an address"
    if any("network" not in agent for agent in event["agent"] if not agent["requestor"]):
        yield "a machine has no address"


def _patient_read(event: Resource) -> Iterator[str]:
    """BALP's PatientRead: fixed codes, three agents, a patient and a record."""
    wanted = {
        "type": event["type"]["code"] == "rest",
        "action": event["action"] == "R",
        "outcome": event["outcome"] == "0",
    }
    yield from (f"PatientRead has another {name}" for name, is_right in wanted.items() if not is_right)
    if "read" not in {code["code"] for code in event.get("subtype", ())}:
        yield "PatientRead is no read"
    agents = sorted(agent["type"]["coding"][0]["code"] for agent in event["agent"])
    if agents != ["110152", "110153", "IRCP"]:
        yield f"PatientRead has other agents: {', '.join(agents)}"
    kinds = [(entity["type"]["code"], entity.get("role", {}).get("code")) for entity in event.get("entity", ())]
    for wanted_kind, name in ((("1", "1"), "patient"), (("2", "4"), "record")):
        if kinds.count(wanted_kind) != 1:
            yield f"PatientRead names {kinds.count(wanted_kind)} of one {name}"
