"""`manage.py send_sample_report`: signed sample reports to a running server, so that trying Ringback needs no phone."""

import json
import secrets
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from intake.signatures import sign_article_form, sign_vapi_default
from lib import clock

# Plainly fictional: invented names, and numbers of the 555-01xx block.
PEOPLE = ("Dana", "José", "Mary-Ann", "O'Neil", "Chen", "Liam", "Priya", "Ann", "Tomás", "Zoë")
TYPES = ("follow-up", "general-checkup", "consultation", "urgent")
WINDOWS = ("morning", "afternoon", "evening", "morning")
SHAPES = ("structured-outputs", "analysis", "article-flat", "article-wrapped")
TIMEOUT_SECONDS = (3, 10)


class Command(BaseCommand):
    help = "Send signed sample end-of-call reports to a running Ringback."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000/webhook/vapi", help="the endpoint (%(default)s)")
        parser.add_argument("--secret", help="the shared secret; default: the first of VAPI_SERVER_SECRET")
        parser.add_argument("--shape", choices=SHAPES, help="shape of the report; default: each in turn")
        parser.add_argument("--count", type=int, default=1, help="how many reports (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        secret = options["secret"] or next(iter(settings.VAPI_SERVER_SECRETS), None)
        if not secret:
            raise CommandError("There is no secret: give --secret or set VAPI_SERVER_SECRET.")
        if not 1 <= options["count"] <= 10_000:
            raise CommandError("--count must be between 1 and 10000.")
        for number in range(options["count"]):
            shape = options["shape"] or SHAPES[number % len(SHAPES)]
            answer = self._send(options["url"], secret, shape, number)
            self.stdout.write(f"{shape}: {answer}")

    def _send(self, url: str, secret: str, shape: str, number: int) -> str:
        now = clock.now()
        body = json.dumps(sample_report(shape, number, now)).encode()
        signature = (
            sign_article_form(secret, body)
            if shape.startswith("article")
            else sign_vapi_default(secret, body, int(now.timestamp()))
        )
        try:
            response = requests.post(
                url,
                data=body,
                headers={"Content-Type": "application/json", **signature},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise CommandError(f"{url} does not answer ({type(error).__name__}). Is the desk running?") from None
        if response.status_code != 200:
            raise CommandError(f"{url} answered {response.status_code}: {response.text[:200]}")
        answer = response.json()
        return f"{answer['outcome']}, delivery {answer.get('id', '-')}"


def sample_report(shape: str, number: int, now: datetime) -> dict[str, Any]:
    """One report in one of the four shapes that VAPI and the article send; the call ended a minute ago."""
    wanted = {
        "patientFirstName": PEOPLE[number % len(PEOPLE)],
        "callbackNumber": f"+1202555{100 + secrets.randbelow(100):04}",
        "appointmentType": TYPES[number % len(TYPES)],
        "preferredTime": WINDOWS[number % len(WINDOWS)],
    }
    started, ended = now - timedelta(seconds=108), now - timedelta(seconds=60)
    call: dict[str, Any] = {"id": f"sample-{secrets.token_hex(8)}", "type": "inboundPhoneCall"}
    if shape == "article-flat":
        call |= {"startedAt": int(started.timestamp() * 1000), "endedAt": int(ended.timestamp() * 1000)}
        return {"type": "end-of-call-report", "timestamp": now.isoformat(), "structuredData": wanted, "call": call}
    message: dict[str, Any] = {
        "type": "end-of-call-report",
        "timestamp": int(now.timestamp() * 1000),
        "startedAt": started.isoformat(),
        "endedAt": ended.isoformat(),
        "endedReason": "customer-ended-call",
        "customer": {"number": wanted["callbackNumber"]},
        "call": call,
        "analysis": {},
        "artifact": {},
    }
    if shape == "structured-outputs":
        message["artifact"] = {
            "structuredOutputs": {secrets.token_hex(8): {"name": "Appointment request", "result": wanted}}
        }
    elif shape == "analysis":
        message["analysis"] = {"structuredData": wanted}
    else:
        message["structuredData"] = wanted
    return {"message": message}
