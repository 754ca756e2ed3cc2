"""Export's extract: the events about one caller or record, each with the proof that it is in its seal, and as FHIR."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db import connections

from audit.export.archive import ALIAS, Archived, chain_head, seal_rows, snapshot, stream, write_lines, write_manifest
from audit.export.fhir import as_bundle
from audit.sealing.merkle import inclusion_path
from lib import clock

_EVENTS = """
    SELECT l.seal_n, l.position, e.line FROM audit_event e JOIN audit_leaf l USING (event_id)
    WHERE e.subject_id = %s OR e.object_id = %s ORDER BY l.seal_n, l.position
"""
_LEAVES = "SELECT leaf FROM audit_leaf WHERE seal_n = %s ORDER BY position"


def write_extract(folder: Path, about: str) -> Archived:
    """Write the chain, the sealed events about `about` (an id) with their paths, and a FHIR bundle, into an empty folder.

    Nothing of anybody else is told but hashes. What is not sealed yet is left out; seconds later it is sealed.
    """
    with snapshot():
        seals = write_lines(folder / "seals.ndjson", seal_rows())
        events = write_lines(folder / "events.ndjson", _events(about))
        lines = [json.loads(line) for _n, _position, line in stream(_EVENTS, [about, about])]
        head = chain_head()
    bundle = as_bundle(lines, made_at=clock.now().isoformat(timespec="seconds"))
    (folder / "events.fhir.json").write_text(json.dumps(bundle, ensure_ascii=False) + "\n", encoding="utf-8")
    done = Archived(seals, events, head)
    write_manifest(folder, "extract", done)
    return done


def _events(about: str) -> Iterator[dict[str, Any]]:
    with connections[ALIAS].cursor() as cursor:
        for n, found in groupby(stream(_EVENTS, [about, about]), key=lambda row: row[0]):
            cursor.execute(_LEAVES, [n])
            leaves = [bytes(leaf) for (leaf,) in cursor.fetchall()]
            for _n, position, line in found:
                path = [step.hex() for step in inclusion_path(leaves, position)]
                yield {"n": n, "i": position, "line": line, "path": path}
