"""Callbacks' CRM target of signed JSON: each change as `callback.v1`, for receivers written to our page (docs/operate/crm.md)."""

import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from callbacks.crm.answers import PassingError, check_answer, read_object
from callbacks.crm.mapping import Snapshot
from callbacks.crm.payload_encryption import sealed_body
from callbacks.crm.targets import Remote
from callbacks.crm.wire import Wire
from lib import clock
from lib.http import Answer

SCHEMA = "callback.v1"
LONGEST_ID = 200


class SignedJson:
    """Posts to one address. The receiver keeps one object an `id` and takes lower versions as done already; the key
    names the request, so that a receiver which counts keys alone has one object as well.
    """

    follows_changes = True
    reads_back = False

    def check(self, wire: Wire) -> None:
        """A signed `ping`; a receiver that takes it takes callbacks."""
        body = {"schema": SCHEMA, "event": "ping", "occurred_at": clock.now().isoformat(timespec="seconds")}
        accept(post(wire, "", body, {"Idempotency-Key": f"ping:{clock.now().timestamp():.0f}"}))

    def find(self, wire: Wire, callback_id: UUID) -> Remote | None:
        """Nothing can be searched: the key is what keeps a repeated request from making a second object."""
        del wire, callback_id
        return None

    def put(self, wire: Wire, snapshot: Snapshot, remote: Remote | None) -> Remote:
        key = f"c:{snapshot.id}" if remote is None else f"u:{snapshot.id}:{snapshot.version}"
        body = {
            "schema": SCHEMA,
            "event": "callback.opened" if remote is None else "callback.changed",
            "id": str(snapshot.id),
            "version": snapshot.version,
            "occurred_at": snapshot.taken_at.isoformat(timespec="seconds"),
            "callback": dict(snapshot.fields),
        }
        answered = accept(post(wire, "", body, {"Idempotency-Key": key, "X-Callback-Version": str(snapshot.version)}))
        return Remote(id=answered or (remote.id if remote is not None else str(snapshot.id)))

    def changes(self, wire: Wire, since: datetime) -> Iterable[Remote]:
        """None are told here."""
        del wire, since
        return ()


def post(wire: Wire, path: str, content: Mapping[str, object], headers: Mapping[str, str]) -> Answer:
    """Post a JSON object: encrypted to the receiver where it gave a key, signed over what is sent, bearer if there is one."""
    body, content_type = sealed_body(json.dumps(content, separators=(",", ":")).encode(), wire.recipient_key)
    sent = {**headers, "Content-Type": content_type}
    if wire.credential:
        sent["Authorization"] = f"Bearer {wire.credential}"
    if wire.signing_secret:
        timestamp = str(int(clock.now().timestamp()))
        sent["X-Ringback-Timestamp"] = timestamp
        sent["X-Ringback-Signature"] = sign(wire.signing_secret, timestamp, body)
    return wire.ask("POST", path, headers=sent, body=body)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=<hex>` of HMAC-SHA256 over `timestamp.body`."""
    return "sha256=" + hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()


def accept(answer: Answer) -> str:
    """The receiver's own id of the object; "" where it named none. Raises what anything but success means."""
    check_answer(answer, now=clock.now())
    remote_id = read_object(answer).get("remote_id", "")
    if not isinstance(remote_id, str) or len(remote_id) > LONGEST_ID or not remote_id.isprintable():
        raise PassingError("odd_answer")
    return remote_id


TARGET = SignedJson()
