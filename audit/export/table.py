"""Export's table: a report as a CSV that no spreadsheet runs, zipped with a manifest that says what it is."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection); so is one after white space.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True)
class Table:
    """A zipped report: `digest` is the CSV's SHA-256 in hex, `rows` how many lines below its head."""

    content: bytes
    digest: str
    rows: int


def safe_cell(value: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would calculate instead of show."""
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def write_table(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    parameters: dict[str, str],
    head: str,
    made_at: datetime,
) -> Table:
    """`<name>.csv` (UTF-8, every row, none left out) and `manifest.json` with parameters, digest and the chain's head."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([safe_cell(column) for column in columns])
    count = 0
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        count += 1
    body = text.getvalue().encode()
    digest = hashlib.sha256(body).hexdigest()
    manifest = {
        "format": "ringback-report-1",
        "report": name,
        "parameters": parameters,
        "rows": count,
        "sha256": digest,
        "head": head,
        "made_at": made_at.isoformat(timespec="seconds"),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.csv", body)
        archive.writestr("manifest.json", json.dumps(manifest, indent=1) + "\n")
    return Table(packed.getvalue(), digest, count)
