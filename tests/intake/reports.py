"""Reports of calls to the clinic, the ways to sign and send them, and what they leave behind."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from callbacks.models import Callback
from intake.models import Delivery, DeliveryJob
from intake.signatures import sign_article_form, sign_vapi_default
from lib import clock

WEBHOOK = "/webhook/vapi"


def secret() -> str:
    """The default line's newest secret."""
    return str(settings.VAPI_SERVER_SECRETS[0])


def report(
    *, call_id: str | None = None, ended_at: datetime | None = None, called_from: str = "+12025550143", **asked: Any
) -> dict[str, Any]:
    """A report of Dana's call in VAPI's present shape; `asked` changes what she said, None takes it out."""
    said = {
        "patientFirstName": "Dana",
        "callbackNumber": "+12025550143",
        "appointmentType": "follow-up",
        "preferredTime": "morning",
    } | asked
    ended = ended_at or clock.now()
    return {
        "message": {
            "type": "end-of-call-report",
            "startedAt": (ended - timedelta(seconds=48)).isoformat(),
            "endedAt": ended.isoformat(),
            "endedReason": "customer-ended-call",
            "customer": {"number": called_from},
            "call": {"id": call_id or f"call-{uuid4()}", "type": "inboundPhoneCall"},
            "analysis": {"structuredData": {key: value for key, value in said.items() if value is not None}},
            "artifact": {},
        }
    }


def as_bytes(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode()


def article_signature(body: bytes) -> dict[str, str]:
    return sign_article_form(secret(), body)


def vapi_signature(body: bytes, *, sent_at: datetime | None = None) -> dict[str, str]:
    return sign_vapi_default(secret(), body, int((sent_at or clock.now()).timestamp()))


def send(
    message: Mapping[str, Any] | bytes,
    headers: Mapping[str, str] | None = None,
    *,
    url: str = WEBHOOK,
    content_type: str = "application/json",
) -> Any:
    """Post a message; signed in the article's form unless `headers` say otherwise."""
    body = message if isinstance(message, bytes) else as_bytes(message)
    signed = article_signature(body) if headers is None else dict(headers)
    return Client().post(url, data=body, content_type=content_type, headers=signed)


def stored() -> tuple[int, int, int]:
    """How many deliveries, jobs and callbacks there are."""
    return Delivery.objects.count(), DeliveryJob.objects.count(), Callback.objects.count()


def assert_refused(response: HttpResponse, status: int, code: str) -> None:
    """The one shape of a refusal: a code and a sentence, never stored by anybody on the way."""
    assert response.status_code == status, response.content
    answer = json.loads(response.content)
    assert set(answer) == {"error", "detail"}
    assert answer["error"] == code
    assert answer["detail"].endswith(".")
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Type"] == "application/json"
