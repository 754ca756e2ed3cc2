"""Intake's one statement: a delivery, its job and its event are written in one round trip, or none of them.

The models stay the truth: columns and values are asked of them, so a new field is written without a change here.
"""

import json
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connections, models
from psycopg import sql

from audit.recording import INSERT_EVENT_OF, EventRow
from intake.models import Delivery, DeliveryJob


def insert_delivery(delivery: Delivery, job: DeliveryJob, event: EventRow) -> bool:
    """Write the three rows; False, and nothing written, when the line has a delivery of this identity already.

    One statement is one transaction where none is open. A copy that is being written at this moment is waited for.
    Raises Django's database errors.
    """
    connection = connections["default"]
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        # Prepared once a connection: planning these inserts takes longer than doing them.
        cursor.execute(_statement(), {"delivery": _row(delivery), "job": _row(job), **event}, prepare=True)
        return cursor.rowcount == 1


@lru_cache(maxsize=1)
def _statement() -> bytes:
    """The parts in the order they happen; PostgreSQL does all of them or none."""
    statement = sql.SQL(
        "WITH stored AS ({delivery} ON CONFLICT ON CONSTRAINT one_delivery_an_identity DO NOTHING RETURNING id),"
        " waiting AS ({job}, stored), recorded AS ({event}) SELECT id FROM stored"
    )
    parts = {
        "delivery": _insert(Delivery, "delivery"),
        "job": _insert(DeliveryJob, "job"),
        "event": sql.SQL(INSERT_EVENT_OF).format(change=sql.Identifier("stored")),
    }
    return statement.format(**parts).as_bytes()


def _insert(model: type[models.Model], parameter: str) -> sql.Composed:
    """An insert of one row that comes as JSON: one parameter of one type, so the prepared statement is always the same."""
    columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in _columns(model))
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{table}, {row})"
    ).format(table=sql.Identifier(model._meta.db_table), columns=columns, row=sql.Placeholder(parameter))


def _row(record: models.Model) -> str:
    """The row that saving the record would insert, as JSON: PostgreSQL reads each value in its column's type."""
    return json.dumps(
        {field.column: field.pre_save(record, add=True) for field in _columns(type(record))}, default=str
    )


@lru_cache(maxsize=2)
def _columns(model: type[models.Model]) -> tuple[Any, ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.generated)
