"""Export's archive: all seals with all their events, as audit/verify.py reads them (docs/comply/seals.md)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from audit.sealing.body import seal_hash

FORMAT = "ringback-trail-1"
ALIAS = "audit_reader"
_CHUNK = 2_000


@dataclass(frozen=True)
class Archived:
    """What was written: counts, and the head to keep elsewhere as `n:hash`."""

    seals: int
    events: int
    head: str


def write_archive(folder: Path) -> Archived:
    """Write every seal and every sealed event into an existing, empty folder, from one snapshot of the database.

    Events a purge removed are missing, as their purge seal says. Streams: memory does not grow with the trail.
    """
    with transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        seals = _write_lines(folder / "seals.ndjson", _seals())
        events = _write_lines(folder / "events.ndjson", _events())
        _write_lines(folder / "leaves.ndjson", _leaves())
        head = _head()
    manifest = {"format": FORMAT, "scope": "archive", "seals": seals, "events": events, "head": head}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return Archived(seals, events, head)


def _seals() -> Iterator[dict[str, Any]]:
    for n, body, signature in _stream("SELECT n, body, signature FROM audit_seal ORDER BY n"):
        yield {"n": n, "body": body, "signature": bytes(signature).hex()}


def _events() -> Iterator[dict[str, Any]]:
    query = (
        "SELECT l.seal_n, l.position, e.line FROM audit_leaf l JOIN audit_event e USING (event_id)"
        " ORDER BY l.seal_n, l.position"
    )
    for n, position, line in _stream(query):
        yield {"n": n, "i": position, "line": line}


def _leaves() -> Iterator[dict[str, Any]]:
    query = (
        "SELECT seal_n, array_agg(event_id::text ORDER BY position), array_agg(encode(leaf, 'hex') ORDER BY position)"
        " FROM audit_leaf GROUP BY seal_n ORDER BY seal_n"
    )
    for n, ids, leaves in _stream(query):
        yield {"n": n, "ids": ids, "leaves": leaves}


def _head() -> str:
    (last,) = _stream("SELECT n, body, signature FROM audit_seal ORDER BY n DESC LIMIT 1")
    return f"{last[0]}:{seal_hash(last[1], bytes(last[2]))}"


def _stream(query: str) -> Iterator[tuple[Any, ...]]:
    with connections[ALIAS].chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_CHUNK):
            yield from rows


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count
