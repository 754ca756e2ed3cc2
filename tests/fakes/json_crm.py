"""Tests' CRM of signed JSON: it counts keys alone, as the least of receivers does, so a second key is a second object."""

import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import FakeServer

SIGNING_SECRET = "tests-only-signing-secret-0123456789"
TOKEN = "tests-only-crm-token"


@dataclass
class Kept:
    """One object of the CRM."""

    remote_id: str
    version: int
    content: dict[str, Any] = field(default_factory=dict)


class JsonCrm(FakeServer):
    """Makes an object for each new `c:` key, brings it up to date for `u:` keys of later versions."""

    def __init__(self) -> None:
        super().__init__()
        self.token, self.signing_secret = TOKEN, SIGNING_SECRET
        self.objects: dict[str, list[Kept]] = {}
        self._said: dict[str, bytes] = {}

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if headers.get("authorization") != f"Bearer {self.token}" or not self._is_signed(headers, body):
            return 401, {}, b"{}"
        content, key = json.loads(body), headers["idempotency-key"]
        if content["event"] != "ping" and key not in self._said:
            self._said[key] = self._keep(key, content)
        return 200, {"Content-Type": "application/json"}, self._said.get(key, b"{}")

    def _keep(self, key: str, content: dict[str, Any]) -> bytes:
        kept = self.objects.setdefault(content["id"], [])
        if key.startswith("c:") or not kept:
            kept.append(Kept(f"R-{len(self.objects)}-{len(kept)}", content["version"], content["callback"]))
        elif content["version"] > kept[0].version:
            kept[0].version, kept[0].content = content["version"], content["callback"]
        return json.dumps({"remote_id": kept[0].remote_id}).encode()

    def _is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        signed = f"{headers.get('x-ringback-timestamp')}.".encode() + body
        expected = "sha256=" + hmac.digest(self.signing_secret.encode(), signed, "sha256").hex()
        return hmac.compare_digest(expected, headers.get("x-ringback-signature", ""))
