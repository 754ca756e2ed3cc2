"""Audit's recorder: the only writer of the trail.

Reads and security events wait in the scope and are written by `flush` on the autocommit connection `audit`, so they
survive a rolled-back view; a change is written at once in the transaction that makes it, so the two commit together
or not at all.
"""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID, uuid4

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.events import Outcome, Purpose, Tag
from audit.scope import PendingEvent, Scope, Subject, TrailUnwritableError, current_scope
from lib import clock
from lib.logs import event_logger
from lib.tally import Tally

log = event_logger(__name__)

SCHEMA_VERSION = 1
INSERT_LINES = """
    INSERT INTO audit_event (event_id, recorded, line)
    SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[])
"""
# The same for one event, as part of a statement that makes the change it tells of: {change} gives a row if it was made.
INSERT_EVENT_OF = (
    "INSERT INTO audit_event (event_id, recorded, line)"
    " SELECT %(event_id)s::uuid, %(recorded)s::timestamptz, %(line)s::text FROM {change}"
)


class EventRow(TypedDict):
    """Parameters of INSERT_EVENT_OF."""

    event_id: UUID
    recorded: datetime
    line: str


class ChangeOutsideTransactionError(RuntimeError):
    """A change was recorded outside a transaction: it could be kept without its record, or the other way round."""


class _Stream(threading.local):
    """A gapless series of events written by one thread on the autocommit connection; a hole in it is a deleted row.

    The number advances only after the insert succeeded. A thread (and so a process) starts its own series.
    """

    def __init__(self) -> None:
        self.stream_id = uuid4()
        self.last_seq = 0


_stream = _Stream()


# Fields recorded as read; the law compares it with what the vault opened.
audited_count = Tally()


def record_read(
    *,
    subject: Subject,
    obj: Subject,
    fields: Iterable[str] = (),
    clinic_id: UUID | None = None,
    tag: Tag | None = None,
) -> None:
    """Note that the current actor is about to read `fields` of `obj`, which is about `subject`.

    Call it before opening anything. One event per actor, tag, subject and object in a scope; later fields join it.
    `tag` defaults to the page's own. Raises NoAuditScopeError outside an open scope.
    """
    scope = current_scope()
    chosen = tag or scope.tag
    if chosen is None:
        raise RuntimeError("this scope has no tag of its own; name one")
    event = _pend(scope, chosen, key=("read", subject, obj), subject=subject, obj=obj, clinic_id=clinic_id)
    new_fields = set(fields)
    event.fields |= new_fields
    audited_count.add(len(new_fields))
    scope.audited_fields += len(new_fields)


def record_event(
    tag: Tag,
    *,
    subject: Subject | None = None,
    obj: Subject | None = None,
    clinic_id: UUID | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    outcome_code: str = "",
    rows_count: int | None = None,
    purpose: Purpose | None = None,
    details: dict[str, str | int | list[str]] | None = None,
) -> None:
    """Note something that is neither a read of fields nor a change: a list, a sign-in, a refusal."""
    scope = current_scope()
    event = _pend(
        scope, tag, key=("event", subject, obj, outcome, outcome_code), subject=subject, obj=obj, clinic_id=clinic_id
    )
    event.outcome, event.outcome_code, event.purpose = outcome, outcome_code, purpose
    event.rows_count = rows_count
    event.details.update(details or {})


def record_change(
    tag: Tag,
    *,
    obj: Subject,
    subject: Subject | None = None,
    fields: Iterable[str] = (),
    clinic_id: UUID | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    outcome_code: str = "",
    rows_count: int | None = None,
    purpose: Purpose | None = None,
    details: dict[str, str | int | list[str]] | None = None,
) -> None:
    """Write a change's event in the transaction that makes the change.

    Raises ChangeOutsideTransactionError when `default` is in autocommit, NoAuditScopeError outside a scope,
    TrailUnwritableError when the event cannot be stored: let it pass, and the change is rolled back with it.
    """
    scope = current_scope()
    connection = connections["default"]
    if not connection.in_atomic_block:
        raise ChangeOutsideTransactionError(f"{tag.value} was recorded outside a transaction")
    row = _change_row(
        tag,
        scope,
        subject=subject,
        obj=obj,
        clinic_id=clinic_id,
        fields=set(fields),
        outcome=outcome,
        outcome_code=outcome_code,
        rows_count=rows_count,
        purpose=purpose,
        details=dict(details or {}),
    )
    try:
        _insert(connection, [row])
    except DatabaseError as error:
        log.critical("trail_unwritable", with_exception=True, count=1, request_id=scope.origin.request_id)
        raise TrailUnwritableError from error
    scope.changes_recorded += 1


@contextmanager
def change_in_one_statement(
    tag: Tag,
    *,
    obj: Subject,
    subject: Subject | None = None,
    fields: Iterable[str] = (),
    clinic_id: UUID | None = None,
    details: dict[str, str | int | list[str]] | None = None,
) -> Iterator[EventRow]:
    """A change whose event is written by the very statement that makes it; run that statement inside the block.

    Raises TrailUnwritableError when the database refused the event, and so the change.
    """
    scope = current_scope()
    event_id, recorded, line = _change_row(
        tag,
        scope,
        subject=subject,
        obj=obj,
        clinic_id=clinic_id,
        fields=set(fields),
        details=dict(details or {}),
    )
    try:
        yield EventRow(event_id=event_id, recorded=recorded, line=line)
    except DatabaseError as error:
        if not _is_of_the_trail(error):
            raise
        log.critical("trail_unwritable", with_exception=True, count=1, request_id=scope.origin.request_id)
        raise TrailUnwritableError from error
    scope.changes_recorded += 1


def _change_row(tag: Tag, scope: Scope, **facts: Any) -> tuple[UUID, datetime, str]:
    event = PendingEvent(tag=tag, actor=scope.actor, recorded=clock.now(), **facts)
    return _row(event, scope, status=None, stream=None)


def _is_of_the_trail(error: DatabaseError) -> bool:
    """Whether PostgreSQL names the trail's table; for a missing right it does so in its sentence only."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return diagnosis is not None and "audit_event" in f"{diagnosis.table_name} {diagnosis.message_primary}"


def flush(scope: Scope, *, status: int | None = None) -> None:
    """Write everything pending in one statement, durable before any byte leaves. Raises TrailUnwritableError.

    A status of 500 or more marks successful reads as "serious failure": the page broke after the data was open.
    """
    if not scope.pending:
        return
    events = list(scope.pending.values())
    if status is not None and status >= 500:
        for event in events:
            event.outcome = max(event.outcome, Outcome.SERIOUS_FAILURE)
    first = _stream.last_seq + 1
    events[0].opened, events[0].audited = scope.opened_fields, scope.audited_fields
    rows = [_row(event, scope, status=status, stream=(_stream.stream_id, first + n)) for n, event in enumerate(events)]
    try:
        _insert(connections["audit"], rows)
    except (DatabaseError, OSError) as error:
        # The insert may or may not have happened; a fresh stream keeps "a hole means deletion" true.
        _stream.__init__()  # type: ignore[misc]
        log.critical("trail_unwritable", with_exception=True, count=len(rows), request_id=scope.origin.request_id)
        raise TrailUnwritableError from error
    _stream.last_seq += len(rows)
    scope.opened_fields = scope.audited_fields = 0
    scope.pending.clear()
    scope.changes_recorded += len(rows)


def _pend(
    scope: Scope,
    tag: Tag,
    *,
    key: tuple[object, ...],
    subject: Subject | None,
    obj: Subject | None,
    clinic_id: UUID | None,
) -> PendingEvent:
    actor = scope.actor
    full_key = (actor.kind, actor.id, tag.value, *key)
    event = scope.pending.get(full_key)
    if event is None:
        event = PendingEvent(tag=tag, actor=actor, recorded=clock.now(), subject=subject, obj=obj, clinic_id=clinic_id)
        scope.pending[full_key] = event
    return event


def _insert(connection: BaseDatabaseWrapper, rows: list[tuple[UUID, datetime, str]]) -> None:
    ids, instants, lines = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(INSERT_LINES, [list(ids), list(instants), list(lines)])


def _row(
    event: PendingEvent, scope: Scope, *, status: int | None, stream: tuple[UUID, int] | None
) -> tuple[UUID, datetime, str]:
    """(event id, recorded, line). The line is the single truth: canonical JSON, the bytes that seals will hash."""
    event_id = uuid4()
    line = canonical_line(event, scope, event_id=event_id, status=status, stream=stream)
    return event_id, event.recorded, json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_line(
    event: PendingEvent, scope: Scope, *, event_id: UUID, status: int | None, stream: tuple[UUID, int] | None
) -> dict[str, Any]:
    """What one line says (docs/comply/record.md); keys without a value are left out."""
    origin, actor, tag = scope.origin, event.actor, event.tag
    fields = sorted(event.fields)
    line: dict[str, Any] = {
        "v": SCHEMA_VERSION,
        "id": str(event_id),
        "recorded": event.recorded.isoformat(timespec="microseconds"),
        "tag": tag.value,
        "event_type": tag.event_type,
        "subtypes": list(tag.subtypes),
        "action": tag.action,
        "outcome": int(event.outcome),
        "outcome_code": event.outcome_code or None,
        "purpose": [str(Purpose.BREAK_GLASS if scope.case_id else event.purpose or scope.purpose)],
        "reason_code": scope.reason_code or None,
        "case_id": str(scope.case_id) if scope.case_id else None,
        "actor_kind": actor.kind,
        "actor_id": actor.id or None,
        "actor_label": actor.label,
        "actor_roles": list(actor.roles),
        "auth_method": actor.auth_method or None,
        "on_behalf_of": origin.on_behalf_of or None,
        "session_ref": origin.session_ref or None,
        "ip": origin.ip,
        "ip_trusted": origin.ip_trusted if origin.ip else None,
        "user_agent_hash": origin.user_agent_hash or None,
        "clinic_id": str(event.clinic_id) if event.clinic_id else None,
        "subject_kind": event.subject.kind if event.subject else None,
        "subject_id": event.subject.id if event.subject else None,
        "object_kind": event.obj.kind if event.obj else None,
        "object_id": event.obj.id if event.obj else None,
        "fields": fields,
        "phi_accessed": "iso#decrypt" in tag.subtypes and bool(fields),
        "opened": event.opened or None,
        "audited": event.audited or None,
        "rows_count": event.rows_count,
        "request_id": str(origin.request_id),
        "route": origin.route or None,
        "method": origin.method or None,
        "status": status,
        "stream_id": str(stream[0]) if stream else None,
        "stream_seq": stream[1] if stream else None,
        "details": event.details or None,
    }
    return {key: value for key, value in line.items() if value is not None}
