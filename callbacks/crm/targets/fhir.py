"""Callbacks' CRM target of FHIR R4: one Task a callback, and if wanted one Communication an attempt, on any server whose
/metadata allows it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from callbacks.crm.answers import PassingError, PausingError, RefusedError, check_answer, read_object
from callbacks.crm.mapping import Snapshot
from callbacks.crm.targets import PAGE, AttemptTold, Remote
from callbacks.crm.targets.fhir_communication import ATTEMPT_SYSTEM, communication_of
from callbacks.crm.targets.fhir_task import CALLBACK_SYSTEM, CODE, CODE_SYSTEM, task_of
from callbacks.crm.wire import Wire
from lib import clock
from lib.http import Answer

_JSON = "application/fhir+json"
_NEEDED = frozenset({"create", "update", "read", "search-type"})
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_ETAG = re.compile(r'W/"([^"]{1,64})"')
_ENDED = {"completed": "completed", "cancelled": "cancelled", "failed": "completed", "rejected": "cancelled"}


class FhirTask:
    """Creates by condition (`If-None-Exist`), updates by version (`If-Match`). What others added to a Task stays: a
    version that is not ours is read and merged before it is written.
    """

    follows_changes = True
    reads_back = True

    def check(self, wire: Wire) -> None:
        """Whether the server's CapabilityStatement allows what is needed. Raises PausingError where it does not."""
        if not _offered(_stated(wire, "Task")) >= _NEEDED:
            raise PausingError("no_task")

    def check_attempts(self, wire: Wire) -> None:
        """Whether Communications can be made by condition; without one, an answer that was lost would make two. Raises
        PausingError where they cannot.
        """
        stated = _stated(wire, "Communication")
        if "create" not in _offered(stated) or not any(entry.get("conditionalCreate") is True for entry in stated):
            raise PausingError("no_communication")

    def find(self, wire: Wire, callback_id: UUID) -> Remote | None:
        """The Task with our identifier. Raises RefusedError for more than one: somebody must choose."""
        found = _search(wire, {"identifier": f"{CALLBACK_SYSTEM}|{callback_id}", "_count": "2"})
        if len(found) > 1:
            raise RefusedError("many_matches")
        return found[0] if found else None

    def put(self, wire: Wire, snapshot: Snapshot, remote: Remote | None) -> Remote:
        if remote is None:
            return self._create(wire, snapshot)
        if not remote.version:
            remote = _remote(_ask(wire, "GET", f"/Task/{remote.id}"))
        ours = task_of(snapshot)
        merged = {**remote.content, **ours, "id": remote.id, "identifier": _identifiers(remote.content, ours)}
        merged.pop("meta", None)
        headers = {"If-Match": f'W/"{remote.version}"'}
        return _remote(_ask(wire, "PUT", f"/Task/{remote.id}", merged, headers), known=remote)

    def put_attempt(self, wire: Wire, told: AttemptTold, remote: Remote) -> None:
        condition = {"If-None-Exist": urlencode({"identifier": f"{ATTEMPT_SYSTEM}|{told.id}"})}
        communication = _body(communication_of(told, remote.id))
        answer = wire.ask("POST", "/Communication", headers=_headers(wire, condition), body=communication)
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            raise RefusedError("many_matches")
        check_answer(answer, now=clock.now())
        read_object(answer)

    def changes(self, wire: Wire, since: datetime) -> Iterable[Remote]:
        query = {
            "code": f"{CODE_SYSTEM}|{CODE}",
            "_lastUpdated": f"ge{since.isoformat(timespec='seconds').replace('+00:00', 'Z')}",
            "_sort": "_lastUpdated",
            # Nothing of a caller comes back for a look at what ended.
            "_elements": "identifier,status",
            "_count": str(PAGE),
        }
        return _search(wire, query)

    def _create(self, wire: Wire, snapshot: Snapshot) -> Remote:
        condition = {"If-None-Exist": urlencode({"identifier": f"{CALLBACK_SYSTEM}|{snapshot.id}"})}
        answer = wire.ask("POST", "/Task", headers=_headers(wire, condition), body=_body(task_of(snapshot)))
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            raise RefusedError("many_matches")
        check_answer(answer, now=clock.now())
        if answer.status == HTTPStatus.OK:
            # It was there already, as somebody left it.
            found = self.find(wire, snapshot.id)
            if found is None:
                raise PassingError("odd_answer")
            return self.put(wire, snapshot, found)
        return _remote(answer)


def _stated(wire: Wire, kind: str) -> list[dict[str, Any]]:
    """What a server's CapabilityStatement says of one kind of resource. Raises PausingError for one of another FHIR."""
    statement = read_object(_ask(wire, "GET", "/metadata"))
    if not str(statement.get("fhirVersion", "")).startswith("4."):
        raise PausingError("not_fhir_r4")
    rests = [rest for rest in statement.get("rest", []) if rest.get("mode", "server") == "server"]
    return [entry for rest in rests for entry in rest.get("resource", []) if entry.get("type") == kind]


def _offered(stated: list[dict[str, Any]]) -> set[str]:
    return {str(found.get("code")) for entry in stated for found in entry.get("interaction", [])}


def _ask(
    wire: Wire,
    method: str,
    path: str,
    resource: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    body = _body(resource) if resource is not None else None
    answer = wire.ask(method, path, headers=_headers(wire, headers or {}), body=body)
    check_answer(answer, now=clock.now())
    return answer


def _headers(wire: Wire, more: Mapping[str, str]) -> dict[str, str]:
    bearer = {"Authorization": f"Bearer {wire.credential}"} if wire.credential else {}
    return {"Accept": _JSON, "Content-Type": _JSON, "Prefer": "return=representation", **bearer, **more}


def _body(resource: Mapping[str, Any]) -> bytes:
    return json.dumps(resource, separators=(",", ":")).encode()


def _search(wire: Wire, query: Mapping[str, str]) -> list[Remote]:
    # By GET: our own ids and codes stand in it, and nothing of a caller.
    bundle = read_object(_ask(wire, "GET", f"/Task?{urlencode(query, quote_via=quote)}"))
    if bundle.get("resourceType") != "Bundle":
        raise PassingError("odd_answer")
    found = [entry.get("resource", {}) for entry in bundle.get("entry", []) if _is_match(entry)]
    return [_remote_of(resource) for resource in found if resource.get("resourceType") == "Task"]


def _is_match(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("search", {}).get("mode", "match") == "match")


def _remote(answer: Answer, *, known: Remote | None = None) -> Remote:
    """The Task of an answer; where a server returns nothing, by its headers."""
    content = read_object(answer)
    if content.get("resourceType") == "Task":
        return _remote_of(content)
    etag = _ETAG.fullmatch(answer.headers.get("etag", ""))
    located = re.search(r"/Task/([A-Za-z0-9\-.]{1,64})(?:/_history/([^/]+))?$", answer.headers.get("location", ""))
    remote_id = known.id if known is not None else located[1] if located else ""
    if not remote_id:
        raise PassingError("odd_answer")
    return Remote(id=remote_id, version=etag[1] if etag else "")


def _remote_of(task: Mapping[str, Any]) -> Remote:
    remote_id, meta = str(task.get("id", "")), task.get("meta", {})
    if not _ID.fullmatch(remote_id):
        raise PassingError("odd_answer")
    return Remote(
        id=remote_id,
        version=str(meta.get("versionId", ""))[:64],
        callback_id=_callback_id(task),
        ended_as=_ENDED.get(str(task.get("status")), ""),
        changed_at=_instant(meta.get("lastUpdated")),
        content=task,
    )


def _callback_id(task: Mapping[str, Any]) -> UUID | None:
    values = [found.get("value") for found in task.get("identifier", []) if found.get("system") == CALLBACK_SYSTEM]
    try:
        return UUID(str(values[0])) if values else None
    except ValueError:
        return None


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _identifiers(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ours first, then whatever else the Task is known by there."""
    own_systems = {found["system"] for found in ours["identifier"]}
    return [
        *ours["identifier"],
        *(found for found in theirs.get("identifier", []) if found.get("system") not in own_systems),
    ]


TARGET = FhirTask()
