"""Lib's logging: one JSON line a record, built from an allow-list of keys; text from outside never gets in.

Our own records are `log.info("delivery_stored", delivery_id=...)`: an event name and allow-listed ids. Records of
libraries keep their template but not their arguments, and exceptions keep type and place but not text: an
IntegrityError quotes the row, a request line quotes the query.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

# Identifiers, counts and closed vocabularies. Nothing a person said, typed or is called.
ALLOWED_KEYS = frozenset(
    {
        "actor_id", "attempts", "callback_id", "clinic_id", "code", "count", "delivery_id", "duration_ms",
        "event_type", "job", "key_id", "line", "message_type", "method", "object_id", "outcome", "pending",
        "reason", "request_id", "route", "scheme", "seal", "service", "status", "status_code", "sentence",
    }
)  # fmt: skip
# Celery fills these into its templates; both are ours and hold no data.
ALLOWED_TEMPLATE_ARGUMENTS = frozenset({"name", "id", "runtime"})
# Django's templates here are bare placeholders; the status code beside them tells the rest.
NAMED_EVENTS = {"django.request": "http_error", "django.security.csrf": "csrf_refused"}


class PHIFreeFormatter(logging.Formatter):
    """Formats a record as one JSON line; newlines and escapes in any value stay inside their JSON string."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event_text(record),
        }
        for key in ALLOWED_KEYS:
            if key in record.__dict__:
                line[key] = _plain(record.__dict__[key])
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["at_code"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(line, ensure_ascii=True)


def _event_text(record: logging.LogRecord) -> str:
    if record.name in NAMED_EVENTS:
        return NAMED_EVENTS[record.name]
    if record.name.startswith("django.security."):
        # Django logs such an exception's text as the template; it quotes the request.
        return "suspicious_request"
    template = str(record.msg)
    if isinstance(record.args, dict):
        safe = {key: value for key, value in record.args.items() if key in ALLOWED_TEMPLATE_ARGUMENTS}
        for key, value in safe.items():
            template = template.replace(f"%({key})s", str(value))
    return template


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


class EventLogger:
    """`log.info("delivery_stored", delivery_id=...)`; an unknown key is a programming error and raises."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def _emit(self, level: int, event: str, fields: dict[str, object], *, with_exception: bool = False) -> None:
        unknown = fields.keys() - ALLOWED_KEYS
        if unknown:
            raise ValueError(f"log keys must be allow-listed in lib.logs: {sorted(unknown)}")
        self._logger.log(level, event, extra=fields, exc_info=with_exception)

    def info(self, event: str, **fields: object) -> None:
        self._emit(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._emit(logging.WARNING, event, fields)

    def error(self, event: str, *, with_exception: bool = False, **fields: object) -> None:
        self._emit(logging.ERROR, event, fields, with_exception=with_exception)

    def critical(self, event: str, *, with_exception: bool = False, **fields: object) -> None:
        self._emit(logging.CRITICAL, event, fields, with_exception=with_exception)


def event_logger(name: str) -> EventLogger:
    return EventLogger(name)
