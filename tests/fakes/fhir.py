"""Tests' FHIR R4 server, with HAPI's documented behaviours: conditional create, versions in ETags, OperationOutcome."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lib import clock
from tests.fakes.server import FakeServer

Answered = tuple[int, dict[str, str], bytes]
INTERACTIONS = ("create", "read", "update", "search-type")


class FhirServer(FakeServer):
    """Keeps every Task, by id, and Communications in the order they came."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[str, dict[str, Any]] = {}
        self.communications: list[dict[str, Any]] = []
        self.takes_communications = True
        self.interactions: tuple[str, ...] = INTERACTIONS
        self.version = "4.0.1"
        # HAPI answers 409 to a stale If-Match, others the specification's 412.
        self.stale_status = 412
        self.returns_nothing = False

    def tasks_of(self, callback_id: object) -> list[dict[str, Any]]:
        return [task for task in self.tasks.values() if self._has(task, f"urn:ringback:callback|{callback_id}")]

    def change(self, task_id: str, **elements: Any) -> None:
        """Somebody at the practice edits a Task."""
        self._keep(task_id, {**self.tasks[task_id], **elements})

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answered:
        parts = urlsplit(path)
        if parts.path == "/metadata":
            return self._json(200, self._statement())
        if method == "GET" and parts.path == "/Task":
            return self._search(parse_qs(parts.query))
        if method == "GET":
            task = self.tasks.get(parts.path.rpartition("/")[2])
            return self._json(200, task) if task else self._outcome(404, "not-found")
        if headers.get("content-type") != "application/fhir+json":
            return self._outcome(415, "not-supported")
        if method == "POST" and parts.path == "/Communication":
            return self._told(json.loads(body), headers.get("if-none-exist", ""))
        if method == "POST":
            return self._create(json.loads(body), headers.get("if-none-exist", ""))
        return self._update(parts.path.rpartition("/")[2], json.loads(body), headers.get("if-match", ""))

    def _create(self, task: dict[str, Any], condition: str) -> Answered:
        token = parse_qs(condition)["identifier"][0]
        matches = [found for found in self.tasks.values() if self._has(found, token)]
        if len(matches) > 1:
            return self._outcome(412, "multiple-matches")
        if matches:
            return self._json(200, matches[0])
        return self._said(201, self._keep(str(len(self.tasks) + 1), task))

    def _told(self, communication: dict[str, Any], condition: str) -> Answered:
        token = parse_qs(condition)["identifier"][0]
        known = [found for found in self.communications if self._has(found, token)]
        if not known:
            self.communications.append({**communication, "id": str(len(self.communications) + 1)})
        return self._json(200 if known else 201, known[0] if known else self.communications[-1])

    def _update(self, task_id: str, task: dict[str, Any], if_match: str) -> Answered:
        if task_id not in self.tasks:
            return self._outcome(404, "not-found")
        if task.get("id") != task_id:
            return self._outcome(400, "invalid")
        if if_match != f'W/"{self.tasks[task_id]["meta"]["versionId"]}"':
            return self._outcome(self.stale_status, "conflict")
        return self._said(200, self._keep(task_id, task))

    def _search(self, query: dict[str, list[str]]) -> Answered:
        found = list(self.tasks.values())
        if "identifier" in query:
            found = [task for task in found if self._has(task, query["identifier"][0])]
        if "_lastUpdated" in query:
            since = query["_lastUpdated"][0].removeprefix("ge").replace("Z", "+00:00")
            found = [task for task in found if task["meta"]["lastUpdated"].replace("Z", "+00:00") >= since]
        found.sort(key=lambda task: task["meta"]["lastUpdated"])
        entries = [{"resource": task, "search": {"mode": "match"}} for task in found[: int(query["_count"][0])]]
        return self._json(200, {"resourceType": "Bundle", "type": "searchset", "entry": entries})

    def _keep(self, task_id: str, task: dict[str, Any]) -> dict[str, Any]:
        version = int(self.tasks[task_id]["meta"]["versionId"]) + 1 if task_id in self.tasks else 1
        updated = (clock.now() + timedelta(milliseconds=version)).isoformat(timespec="milliseconds")
        self.tasks[task_id] = {**task, "id": task_id, "meta": {"versionId": str(version), "lastUpdated": updated}}
        return self.tasks[task_id]

    def _said(self, status: int, task: dict[str, Any]) -> Answered:
        version = task["meta"]["versionId"]
        headers = {
            "ETag": f'W/"{version}"',
            "Location": f"{self.address}/Task/{task['id']}/_history/{version}",
        }
        return (status, headers, b"") if self.returns_nothing else self._json(status, task, headers)

    def _statement(self) -> dict[str, Any]:
        interactions = [{"code": code} for code in self.interactions]
        communication = {
            "type": "Communication",
            "interaction": [{"code": "create"}],
            "conditionalCreate": self.takes_communications,
        }
        resources = [{"type": "Task", "interaction": interactions}, communication]
        rest = [{"mode": "server", "resource": resources}]
        return {"resourceType": "CapabilityStatement", "fhirVersion": self.version, "rest": rest}

    def _outcome(self, status: int, code: str) -> Answered:
        issue = {"severity": "error", "code": code, "diagnostics": "Task of Zqxsomebody"}
        return self._json(status, {"resourceType": "OperationOutcome", "issue": [issue]})

    @staticmethod
    def _has(task: dict[str, Any], token: str) -> bool:
        return any(f"{found.get('system')}|{found.get('value')}" == token for found in task.get("identifier", []))

    @staticmethod
    def _json(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Answered:
        return status, {"Content-Type": "application/fhir+json", **(headers or {})}, json.dumps(content).encode()
