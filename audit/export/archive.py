"""Export's archive: all seals with all their events, as audit/verify.py reads them (docs/comply/seals.md)."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from audit import verify
from audit.sealing.body import seal_hash

FORMAT = "ringback-trail-1"
ALIAS = "audit_reader"
VERIFIER = Path(verify.__file__)
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
    with snapshot():
        seals = write_lines(folder / "seals.ndjson", seal_rows())
        events = write_lines(folder / "events.ndjson", _events())
        write_lines(folder / "leaves.ndjson", _leaves())
        done = Archived(seals, events, chain_head())
    write_manifest(folder, "archive", done)
    return done


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside is of one instant, however long the writing takes."""
    with transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def write_manifest(folder: Path, scope: str, done: Archived) -> None:
    """`manifest.json`, and the verifier beside it; whoever checks had better bring their own copy of that."""
    manifest = {"format": FORMAT, "scope": scope, "seals": done.seals, "events": done.events, "head": done.head}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(VERIFIER, folder / VERIFIER.name)


def seal_rows() -> Iterator[dict[str, Any]]:
    for n, body, signature in stream("SELECT n, body, signature FROM audit_seal ORDER BY n"):
        yield {"n": n, "body": body, "signature": bytes(signature).hex()}


def _events() -> Iterator[dict[str, Any]]:
    query = (
        "SELECT l.seal_n, l.position, e.line FROM audit_leaf l JOIN audit_event e USING (event_id)"
        " ORDER BY l.seal_n, l.position"
    )
    for n, position, line in stream(query):
        yield {"n": n, "i": position, "line": line}


def _leaves() -> Iterator[dict[str, Any]]:
    query = (
        "SELECT seal_n, array_agg(event_id::text ORDER BY position), array_agg(encode(leaf, 'hex') ORDER BY position)"
        " FROM audit_leaf GROUP BY seal_n ORDER BY seal_n"
    )
    for n, ids, leaves in stream(query):
        yield {"n": n, "ids": ids, "leaves": leaves}


def chain_head() -> str:
    (last,) = stream("SELECT n, body, signature FROM audit_seal ORDER BY n DESC LIMIT 1")
    return f"{last[0]}:{seal_hash(last[1], bytes(last[2]))}"


def stream(query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    with connections[ALIAS].chunked_cursor() as cursor:
        cursor.execute(query, values or None)
        while rows := cursor.fetchmany(_CHUNK):
            yield from rows


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count
