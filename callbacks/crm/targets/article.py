"""Callbacks' CRM target of the article's request: what was collected, the call id and the time, once a callback."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from uuid import UUID

from callbacks.crm.answers import check_answer
from callbacks.crm.mapping import Snapshot
from callbacks.crm.targets import Remote
from callbacks.crm.targets.signed_json import accept, post
from callbacks.crm.wire import Wire
from lib import clock

# The article's names of what a caller gave.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "first_name": "patientFirstName",
        "phone": "callbackNumber",
        "appointment_type": "appointmentType",
        "preferred_time": "preferredTime",
    }
)
# A label for receivers that look for it, and nothing else: it encrypts nothing. TLS does on the way, and a recipient's
# key (callbacks.crm.payload_encryption) beyond it.
LABEL = {"X-Encryption": "AES-256-GCM"}


class Article:
    """Posts to the endpoint of the environment. The key keeps a repeated request from making a second object."""

    follows_changes = False
    reads_back = False

    def check(self, wire: Wire) -> None:
        """The endpoint knows appointments only, so it is asked for nothing but to answer: 405 is as good as 200."""
        answer = wire.ask("HEAD", "", headers={"Authorization": f"Bearer {wire.credential}"})
        if answer.status != HTTPStatus.METHOD_NOT_ALLOWED:
            check_answer(answer, now=clock.now())

    def find(self, wire: Wire, callback_id: UUID) -> Remote | None:
        """Nothing can be searched."""
        del wire, callback_id
        return None

    def put(self, wire: Wire, snapshot: Snapshot, remote: Remote | None) -> Remote:
        if remote is not None:
            return remote
        given = {theirs: snapshot.fields[ours] for ours, theirs in NAMES.items() if ours in snapshot.fields}
        body = {**given, "callId": snapshot.fields.get("call_id"), "timestamp": iso_now()}
        answered = accept(post(wire, "", body, {**LABEL, "Idempotency-Key": f"c:{snapshot.id}"}))
        return Remote(id=answered or str(snapshot.id))

    def changes(self, wire: Wire, since: datetime) -> Iterable[Remote]:
        """None are told here."""
        del wire, since
        return ()


def iso_now() -> str:
    """The instant as JavaScript's toISOString writes it."""
    return clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


TARGET = Article()
