"""pgbench, from the PostgreSQL that the desk brings: the same rows without any of us, in one transaction of three inserts."""

import json
import re
import subprocess
from pathlib import Path

import psycopg

from config.servers.postgres_programs import find_programs

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
# Columns that must differ from row to row; everything else is copied from a row the desk stored.
_ID = "(lpad(to_hex(:high::int), 8, '0') || lpad(to_hex(:low::int), 8, '0') || '4000800000000000')::uuid"
_FRESH = {
    "intake_delivery": {"id": _ID, "identity": f"'end-of-call-report:' || {_ID}", "call_id": f"{_ID}::text"},
    "intake_deliveryjob": {"delivery_id": _ID},
    "audit_event": {"event_id": _ID},
}


def write_script(owner_url: str, script: Path) -> None:
    """Write the inserts of one report, with the values of one that the desk has stored."""
    with psycopg.connect(owner_url) as connection:
        inserts = [_insert(connection, table, fresh) for table, fresh in _FRESH.items()]
    draws = [f"\\set {name} random(1, 2147483646)" for name in ("high", "low")]
    script.write_text("\n".join([*draws, "BEGIN;", *inserts, "COMMIT;"]) + "\n", encoding="utf-8")


def transactions_a_second(script: Path, app_url: str, *, connections: int, seconds: float) -> float:
    """Run it as the application's role with prepared statements. Raises CalledProcessError when it fails."""
    programs, _ = find_programs(None)
    said = subprocess.run(
        [
            *(str(programs / "pgbench"), "--no-vacuum", "--protocol=prepared", "--jobs=1"),
            *(f"--client={connections}", f"--time={max(1, round(seconds))}", f"--file={script}", app_url),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = _TPS.search(said)
    assert found, said
    return float(found[1])


def _insert(connection: psycopg.Connection[tuple[object, ...]], table: str, fresh: dict[str, str]) -> str:
    columns = [
        str(name)
        for (name,) in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"
            " AND column_name NOT IN ('stored_at', 'xid') ORDER BY ordinal_position",
            [table],
        )
    ]
    row = connection.execute(f"SELECT row_to_json(r) FROM {table} r LIMIT 1").fetchone()  # noqa: S608  # tables of ours
    assert row, f"{table} is empty"
    document = row[0]
    assert isinstance(document, dict)
    values = [fresh.get(name) or _literal(document[name]) for name in columns]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)});"  # noqa: S608


def _literal(value: object) -> str:
    """A value as an SQL literal; `:` is spelled so that pgbench sees no variable in it."""
    if value is None or isinstance(value, bool | int | float):
        return "NULL" if value is None else str(value).lower()
    text = "{" + ",".join(map(json.dumps, value)) + "}" if isinstance(value, list) else str(value)
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"
