"""Tests' Salesforce: client credentials, upsert by external id, and a query of the few forms we send."""

import json
import re
from datetime import UTC
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lib import clock
from tests.fakes.server import FakeServer

CREDENTIAL = "tests-client:tests-only-client-secret"
Answered = tuple[int, dict[str, str], bytes]


class SalesforceServer(FakeServer):
    """Records of Ringback_Callback__c by external id; a second record with one id is answered 300."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}
        self.doubled: set[str] = set()
        self.secret = CREDENTIAL.partition(":")[2]
        self.scripted = lambda method: method == "PATCH"

    def change(self, external_id: str, **fields: Any) -> None:
        """Somebody at the practice edits a record."""
        self.records[external_id] |= {**fields, "SystemModstamp": _stamp()}

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answered:
        parts = urlsplit(path)
        if parts.path == "/services/oauth2/token":
            return self._token(parse_qs(body.decode()))
        if headers.get("authorization") != "Bearer tests-token":
            return _json(401, [{"errorCode": "INVALID_SESSION_ID"}])
        if parts.path.endswith("/describe"):
            return _json(200, {"fields": [{"name": "Ringback_Id__c"}]})
        if method == "GET":
            return self._query(parse_qs(parts.query)["q"][0])
        return self._upsert(parts.path.rpartition("/")[2], json.loads(body))

    def _token(self, form: dict[str, list[str]]) -> Answered:
        if form["client_secret"] != [self.secret]:
            return _json(400, {"error": "invalid_client"})
        return _json(200, {"access_token": "tests-token"})

    def _upsert(self, external_id: str, fields: dict[str, Any]) -> Answered:
        if external_id in self.doubled:
            return _json(300, [f"/sobjects/Ringback_Callback__c/{n}" for n in (1, 2)])
        is_new = external_id not in self.records
        kept = self.records.setdefault(
            external_id, {"Id": f"a00{len(self.records):015}", "Ringback_Id__c": external_id}
        )
        kept |= {**fields, "SystemModstamp": _stamp()}
        return _json(201 if is_new else 200, {"id": kept["Id"], "success": True, "created": is_new})

    def _query(self, soql: str) -> Answered:
        by_id = re.search(r"Ringback_Id__c = '([^']+)'", soql)
        since = re.search(r"SystemModstamp >= (\S+)", soql)
        found = [
            record
            for record in self.records.values()
            if (by_id is None or record["Ringback_Id__c"] == by_id[1])
            and (since is None or record["SystemModstamp"] >= since[1][:19])
        ]
        return _json(200, {"done": True, "records": sorted(found, key=lambda record: str(record["SystemModstamp"]))})


def _stamp() -> str:
    return clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _json(status: int, content: object) -> Answered:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()
