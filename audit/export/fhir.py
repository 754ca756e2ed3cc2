"""Export's FHIR form: lines of the trail as AuditEvent resources (FHIR R4, codes of IHE BALP). Pure.

Only a successful opening of a caller's record claims a BALP profile, PatientRead; everything else is a plain AuditEvent with
the same codes. audit/export/fhir_rules.py checks what a schema does not.
"""

from collections.abc import Iterable
from typing import Any

Resource = dict[str, Any]

BALP = "https://profiles.ihe.net/ITI/BALP"
PATIENT_READ = f"{BALP}/StructureDefinition/IHE.BasicAudit.PatientRead"
HL7 = "http://terminology.hl7.org/CodeSystem"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
REST = "http://hl7.org/fhir/restful-interaction"
LIFECYCLE = f"{HL7}/iso-21089-lifecycle"
EVENT_TYPE = f"{HL7}/audit-event-type"
PARTICIPATION = f"{HL7}/v3-ParticipationType"
REASON = f"{HL7}/v3-ActReason"
ENTITY_TYPE = f"{HL7}/audit-entity-type"
ENTITY_ROLE = f"{HL7}/object-role"
SOURCE_TYPE = f"{HL7}/security-source-type"
BALP_ENTITY_TYPE = f"{BALP}/CodeSystem/BasicAuditEntityType"

# DICOM's ends of a transfer: who reads is the destination, who writes is the source.
_SOURCE, _DESTINATION = "110153", "110152"
_HOUSE = "Ringback"


def as_bundle(lines: Iterable[dict[str, Any]], *, made_at: str) -> Resource:
    """A collection of these lines in their order. `made_at` is an instant with a zone."""
    entries = [{"fullUrl": f"urn:uuid:{line['id']}", "resource": as_audit_event(line)} for line in lines]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": made_at, "entry": entries}


def as_audit_event(line: dict[str, Any]) -> Resource:
    """One line (docs/comply/record.md) as one AuditEvent. Identifiers and names of fields only, as the line itself."""
    found: Resource = {
        "resourceType": "AuditEvent",
        "id": line["id"],
        "type": _coding(line["event_type"], EVENT_TYPE),
        "subtype": [_coding(code, REST) for code in line.get("subtypes", [])],
        "action": line["action"],
        "recorded": line["recorded"],
        "outcome": str(line["outcome"]),
        "outcomeDesc": line.get("outcome_code"),
        "purposeOfEvent": [{"coding": [{"system": REASON, "code": code}]} for code in line.get("purpose", [])],
        "agent": _agents(line),
        "source": {
            "site": line.get("clinic_id"),
            "observer": {"display": _HOUSE},
            "type": [{"system": SOURCE_TYPE, "code": "4"}],
        },
        "entity": _entities(line),
    }
    if is_patient_read(line):
        found["meta"] = {"profile": [PATIENT_READ]}
    return {name: value for name, value in found.items() if value not in (None, [])}


def is_patient_read(line: dict[str, Any]) -> bool:
    """Whether the line is what BALP calls PatientRead: one caller's record, read, and it worked."""
    is_read = line["event_type"] == "rest" and "read" in line.get("subtypes", ()) and line["action"] == "R"
    return is_read and line["outcome"] == 0 and bool(line.get("subject_id")) and bool(line.get("object_id"))


def _agents(line: dict[str, Any]) -> list[Resource]:
    is_read = line["action"] in {"R", "E"}
    user: Resource = {
        "type": {"coding": [{"system": PARTICIPATION, "code": "IRCP" if is_read else "AUT"}]},
        "who": {"display": line["actor_label"]},
        "requestor": True,
    }
    if actor_id := line.get("actor_id"):
        user["who"]["identifier"] = {"value": actor_id}
    if roles := line.get("actor_roles"):
        user["role"] = [{"text": role} for role in roles]
    if method := line.get("auth_method"):
        user["policy"] = [f"urn:ringback:auth:{method}"]
    ends = (_DESTINATION, _SOURCE) if line["action"] == "R" else (_SOURCE, _DESTINATION)
    client = {"address": line["ip"], "type": "2"} if line.get("ip") else {"address": "internal", "type": "1"}
    return [
        _machine(ends[0], "client", client),
        _machine(ends[1], _HOUSE, {"address": "ringback", "type": "1"}),
        user,
    ]


def _machine(code: str, name: str, network: Resource) -> Resource:
    return {
        "type": {"coding": [{"system": DCM, "code": code}]},
        "who": {"display": name},
        "requestor": False,
        "network": network,
    }


def _entities(line: dict[str, Any]) -> list[Resource]:
    found: list[Resource] = []
    if line.get("subject_id"):
        found.append(_entity(line["subject_kind"], line["subject_id"], kind="1", role="1"))
    if line.get("object_id"):
        record = _entity(line["object_kind"], line["object_id"], kind="2", role="4")
        if line.get("fields"):
            record["detail"] = [{"type": "fields", "valueString": ", ".join(line["fields"])}]
        found.append(record)
    request = {"what": {"identifier": {"value": line["request_id"]}}}
    return [*found, request | {"type": {"system": BALP_ENTITY_TYPE, "code": "XrequestId"}}]


def _entity(name: str, identifier: str, *, kind: str, role: str) -> Resource:
    return {
        "what": {"identifier": {"value": identifier}, "display": name},
        "type": {"system": ENTITY_TYPE, "code": kind},
        "role": {"system": ENTITY_ROLE, "code": role},
    }


def _coding(code: str, plain_system: str) -> Resource:
    """`DCM#110106` and `iso#disclose` name their system; a plain word is of the one that belongs there."""
    prefix, separator, value = code.partition("#")
    if not separator:
        return {"system": plain_system, "code": code}
    return {"system": {"DCM": DCM, "iso": LIFECYCLE}[prefix], "code": value}
