"""Says when two deliveries are the same one."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from intake.sources.vapi.draft import ReportDraft, VapiMessage


@dataclass(frozen=True, slots=True)
class DeliveryIdentity:
    """The key under which a delivery is unique on its line.

    `digest_based`: made from the content for want of a call id. Two callers may say the same, so such a key counts
    as a duplicate only for a while (decided where deliveries are stored).
    """

    key: str
    digest_based: bool


def delivery_identity(message: VapiMessage, *, digest_key: bytes) -> DeliveryIdentity:
    """Return the identity of a delivery on its line, at most 256 ASCII characters.

    Reports: type and call id; status updates: and the status; every other event: and its own time. Without those,
    an HMAC of the allow-listed content under `digest_key`. Never of the body, whose presigned URLs differ on
    every attempt. Keyed, because the key is stored in clear and a name with a number could be guessed from
    a plain hash. Raises ValueError for an empty `digest_key`.
    """
    if not digest_key:
        raise ValueError("digest_key must not be empty")
    distinction = _distinction(message)
    if message.type and message.call_id and distinction is not None:
        return DeliveryIdentity(key=":".join((message.type, message.call_id, *distinction)), digest_based=False)
    canonical = json.dumps(_content_of(message), sort_keys=True, separators=(",", ":"))
    digest = hmac.digest(digest_key, canonical.encode("ascii"), hashlib.sha256).hex()
    return DeliveryIdentity(key=f"{message.type}:digest:{digest}", digest_based=True)


def _distinction(message: VapiMessage) -> tuple[str, ...] | None:
    """Return what tells a call's deliveries of one type apart; None where that is missing."""
    if message.report is not None:
        return ()
    if message.type == "status-update":
        return (message.status,) if message.status else None
    if message.timestamp is None:
        return None
    return (f"{message.timestamp:%Y%m%dT%H%M%S.%fZ}",)


def _content_of(message: VapiMessage) -> dict[str, str | None]:
    content: dict[str, str | None] = {
        "type": message.type,
        "call_id": message.call_id,
        "status": message.status,
    }
    if message.report is None:
        return {**content, "timestamp": _text_of(message.timestamp)}
    return {**content, **_report_content(message.report)}


def _report_content(report: ReportDraft) -> dict[str, str | None]:
    """Return what the caller said and when the call was; not when it reached us, which differs per attempt."""
    return {
        "first_name": report.first_name,
        "phone_e164": report.phone_e164,
        "phone_as_given": report.phone_as_given,
        "called_from_e164": report.called_from_e164,
        "appointment_type": report.appointment_type,
        "urgency": report.urgency,
        "preferred_window": report.preferred_window,
        "preferred_words": report.preferred_words,
        "language": report.language,
        "call_started_at": _text_of(report.call_started_at),
        "call_ended_at": _text_of(report.call_ended_at),
    }


def _text_of(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
