"""Callbacks' CRM target of Salesforce: one record a callback, upserted by external id, which makes every request repeatable."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from callbacks.crm.answers import PassingError, PausingError, RefusedError, check_answer, read_object
from callbacks.crm.mapping import Snapshot
from callbacks.crm.targets import PAGE, Remote
from callbacks.crm.wire import Wire
from callbacks.states import ClosedReason, DisplayState
from lib import clock
from lib.http import Answer

# A custom object with these fields; docs/operate/crm.md says how an administrator there makes it.
OBJECT = "Ringback_Callback__c"
EXTERNAL_ID = "Ringback_Id__c"
API = "/services/data/v61.0"
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "first_name": "First_Name__c",
        "phone": "Phone__c",
        "reference": "Name",
        "state": "State__c",
        "closed_reason": "Closed_Reason__c",
        "appointment_type": "Appointment_Type__c",
        "preferred_time": "Preferred_Time__c",
        "urgency": "Urgency__c",
        "language": "Language__c",
        "received_at": "Received_At__c",
        "promised_by": "Promised_By__c",
        "due_at": "Due_At__c",
        "not_before": "Not_Before__c",
        "attempts": "Attempts__c",
        "last_outcome": "Last_Outcome__c",
        "last_attempt_at": "Last_Attempt_At__c",
        "closed_at": "Closed_At__c",
        "call_id": "Call_Id__c",
    }
)
_ENDED = {"Completed": "completed", "Cancelled": "cancelled"}
_CANCELLED = frozenset({ClosedReason.CANCELLED, ClosedReason.DO_NOT_CALL, ClosedReason.DUPLICATE_MERGED})


class Salesforce:
    """Speaks REST with a token of the client credentials flow, asked for anew with each request: the credential is
    `client id:client secret`, and a token that ran out cannot be met.
    """

    follows_changes = True
    reads_back = True

    def check(self, wire: Wire) -> None:
        """Whether we are let in and the object is there."""
        described = read_object(_ask(wire, "GET", f"{API}/sobjects/{OBJECT}/describe"))
        known = {found.get("name") for found in described.get("fields", [])}
        if EXTERNAL_ID not in known:
            raise PausingError("no_external_id")

    def find(self, wire: Wire, callback_id: UUID) -> Remote | None:
        found = _query(wire, f"{EXTERNAL_ID} = '{callback_id}'")
        return found[0] if found else None

    def put(self, wire: Wire, snapshot: Snapshot, remote: Remote | None) -> Remote:
        """Upsert: makes or changes, whichever it is. Several records with one external id are a person's to sort out."""
        given = {theirs: snapshot.fields[ours] for ours, theirs in FIELDS.items() if ours in snapshot.fields}
        body = {**given, "Status__c": _status(snapshot), "Version__c": snapshot.version}
        answer = _send(wire, "PATCH", f"{API}/sobjects/{OBJECT}/{EXTERNAL_ID}/{snapshot.id}", body)
        if answer.status == HTTPStatus.MULTIPLE_CHOICES:
            raise RefusedError("many_matches")
        check_answer(answer, now=clock.now())
        made = str(read_object(answer).get("id", ""))[:18]
        return Remote(id=made or (remote.id if remote is not None else str(snapshot.id)))

    def changes(self, wire: Wire, since: datetime) -> Iterable[Remote]:
        return _query(wire, f"SystemModstamp >= {since.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}")


def _status(snapshot: Snapshot) -> str:
    if snapshot.closed_as is not None:
        return "Cancelled" if snapshot.closed_as in _CANCELLED else "Completed"
    return "In Progress" if snapshot.doing is DisplayState.IN_PROGRESS else "Open"


def _query(wire: Wire, condition: str) -> list[Remote]:
    # SOQL of our own names, ids and instants; nothing of a caller or of an answer.
    columns = f"Id, {EXTERNAL_ID}, Status__c, SystemModstamp"
    words = ("SELECT", columns, "FROM", OBJECT, "WHERE", condition, "ORDER BY SystemModstamp LIMIT", str(PAGE))
    soql = " ".join(words)
    found = read_object(_ask(wire, "GET", f"{API}/query?{urlencode({'q': soql}, quote_via=quote)}"))
    return [_remote(record) for record in found.get("records", [])]


def _remote(record: Mapping[str, Any]) -> Remote:
    try:
        callback_id = UUID(str(record.get(EXTERNAL_ID)))
        changed_at = datetime.strptime(str(record["SystemModstamp"]), "%Y-%m-%dT%H:%M:%S.%f%z")
        remote_id = str(record["Id"])[:18]
    except (ValueError, KeyError):
        raise PassingError("odd_answer") from None
    return Remote(
        id=remote_id,
        callback_id=callback_id,
        ended_as=_ENDED.get(str(record.get("Status__c")), ""),
        changed_at=changed_at,
        content=record,
    )


def _ask(wire: Wire, method: str, path: str) -> Answer:
    answer = _send(wire, method, path)
    check_answer(answer, now=clock.now())
    return answer


def _send(wire: Wire, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
    headers = {"Authorization": f"Bearer {_token(wire)}", "Content-Type": "application/json"}
    return wire.ask(method, path, headers=headers, body=json.dumps(body).encode() if body is not None else None)


def _token(wire: Wire) -> str:
    client_id, _, secret = wire.credential.partition(":")
    form = urlencode({"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = wire.ask("POST", "/services/oauth2/token", headers=headers, body=form.encode())
    if answer.status == HTTPStatus.BAD_REQUEST:
        # OAuth says so for a client it does not know.
        raise PausingError("http_401")
    check_answer(answer, now=clock.now())
    token = read_object(answer).get("access_token")
    if not isinstance(token, str) or not token.isprintable() or len(token) > 4000:
        raise PassingError("odd_answer")
    return token


TARGET = Salesforce()
