"""Tests' VAPI: `GET /call/{id}` with a private key, as its API describes it, and every way it can go wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from lib import clock
from tests.fakes.stage import FakeServer, Play, Stage, fake_server, says, status

API_KEY = "tests-only-private-key-of-vapi"


def call_record(call_id: str, *, ended_at: datetime | None = None, **changed: Any) -> dict[str, Any]:
    """VAPI's record of Dana's ended call; `changed` replaces what stands at its top."""
    ended = ended_at or clock.now()
    return {
        "id": call_id,
        "orgId": "3f0a9c52-7d1b-4e6a-9b7e-5c2f1d8a4e10",
        "type": "inboundPhoneCall",
        "status": "ended",
        "endedReason": "customer-ended-call",
        "startedAt": (ended - timedelta(seconds=48)).isoformat(),
        "endedAt": ended.isoformat(),
        "assistantId": "b1d6b7a0-53c2-4f7c-9a51-0e2f4c6d8a11",
        "phoneCallProviderId": "CA00000000000000000000000000000143",
        "customer": {"number": "+12025550143"},
        "cost": 0.0471,
        "analysis": {
            "structuredData": {
                "patientFirstName": "Dana",
                "callbackNumber": "+12025550143",
                "appointmentType": "follow-up",
                "preferredTime": "morning",
            }
        },
        "artifact": {},
    } | changed


class FakeVapi:
    """An account with one key and the calls a test puts there."""

    def __init__(self, server: FakeServer) -> None:
        self._server = server
        server.otherwise = _guarded(status(404))
        self.origin = server.origin

    @property
    def asked(self) -> list[str]:
        """Ids that were asked for, in order."""
        return [asked.path.removeprefix("/call/") for asked in self._server.asked]

    @property
    def keys(self) -> set[str]:
        return {asked.headers.get("Authorization", "") for asked in self._server.asked}

    def has(self, record: dict[str, Any]) -> None:
        self.plays(record["id"], says(json.dumps(record).encode()))

    def plays(self, call_id: str, *plays: Play) -> None:
        """What happens when this call is asked for, with the right key; the wrong one is refused whatever it is."""
        self._server.says(f"/call/{call_id}", *(_guarded(play) for play in plays))


def _guarded(play: Play) -> Play:
    def guarded(stage: Stage) -> None:
        known = stage.headers.get("Authorization") == f"Bearer {API_KEY}"
        (play if known else status(401))(stage)

    return guarded


@contextmanager
def fake_vapi() -> Iterator[FakeVapi]:
    with fake_server() as server:
        yield FakeVapi(server)
