"""Bench's parts of intake: where one report's time goes, in one process with a warm connection and nobody else.

`python -m bench.intake_parts` in a desk's environment; prints JSON of microseconds by part, medians.
"""

import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from statistics import median
from typing import Any

from bench.load import HOST
from bench.measuring import without_collector
from bench.reports import signed_requests

ROUNDS = 300


def main() -> None:
    # The log is written as a web process writes it, but nowhere.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        with redirect_stdout(nowhere):
            import config.wsgi  # noqa: F401 - Django's setup, as in a web process
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(nowhere)
        found = {name: _median_of(part) for name, part in _parts().items()}
    print(json.dumps(found))


def _parts() -> dict[str, Callable[[], object]]:
    """The steps of one report, each alone; the first two are whole requests."""
    from django.conf import settings

    from config.wsgi import application
    from intake.models import DeliveryJob
    from intake.services import storing
    from intake.services.line_schemes import DEFAULT_LINE_SCHEMES
    from intake.services.one_statement import _row
    from intake.services.proving import find_candidates
    from intake.signatures import SecretKey, verify_signature
    from intake.sources.vapi import delivery_identity, parse_message, read_json
    from intake.views import log
    from lib import clock
    from lib.digests import digest_key

    secret = settings.VAPI_SERVER_SECRETS[0]
    reports = signed_requests(secret, 2 * ROUNDS)
    environ = _environ(next(reports))
    body = environ["wsgi.input"].getvalue()
    headers = {"x-vapi-signature": environ["HTTP_X_VAPI_SIGNATURE"], "content-type": "application/json"}
    now = clock.now()
    keys = [SecretKey.from_text(secret)]
    line = find_candidates(None)[0].line
    verified = verify_signature(headers=headers, body=body, schemes=DEFAULT_LINE_SCHEMES, secrets=keys, now=now)
    document = read_json(body)
    message = parse_message(document, received_at=now, region=line.clinic.region)
    report = message.report
    assert report is not None
    identity = delivery_identity(message, digest_key=digest_key("delivery identity"))

    def draft() -> Any:
        return storing._draft_delivery(
            message, report, line=line, verified=verified, received_at=now, identity=identity
        )

    delivery = draft()
    job = DeliveryJob(delivery=delivery, next_at=now)
    health = {"REQUEST_METHOD": "GET", "PATH_INFO": "/health", "wsgi.input": io.BytesIO()}
    return {
        "a whole report, database and log included": lambda: _ask(application, _environ(next(reports))),
        "Django for `/health`": lambda: _ask(application, _COMMON | health),
        "signature": lambda: verify_signature(
            headers=headers, body=body, schemes=DEFAULT_LINE_SCHEMES, secrets=keys, now=now
        ),
        "JSON": lambda: read_json(body),
        "message and screen": lambda: parse_message(document, received_at=now, region="US"),
        "draft and seal": draft,
        "rows for the statement": lambda: (_row(delivery), _row(job)),
        "log line": lambda: log.info("delivery_stored", outcome="queued", delivery_id=delivery.pk, key_id="00000000"),
    }


_COMMON: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
    "SERVER_NAME": HOST,
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": HOST,
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
}


def _environ(request: bytes) -> dict[str, Any]:
    """A request's bytes as a WSGI server hands them on."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    environ = _COMMON | {"REQUEST_METHOD": "POST", "PATH_INFO": first.split()[1], "wsgi.input": io.BytesIO(body)}
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    return environ


def _ask(application: Callable[..., Any], environ: dict[str, Any]) -> None:
    statuses: list[str] = []
    answer = application(environ, lambda status, _: statuses.append(status))
    list(answer)
    answer.close()
    assert statuses[0].startswith("200"), statuses


def _median_of(part: Callable[[], object]) -> float:
    took = []
    with without_collector():
        for _ in range(ROUNDS):
            started = time.perf_counter()
            part()
            took.append((time.perf_counter() - started) * 1e6)
    return round(median(took[ROUNDS // 10 :]), 1)


if __name__ == "__main__":
    main()
