"""Shared by the trail's tests: the roles' own connections, and events laid down at chosen times."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections

from config.servers.postgres import EmbeddedPostgres
from tests.conftest import TEST_DATABASE

Run = Callable[..., list[tuple[Any, ...]]]


def line_of(event_id: UUID, **facts: Any) -> str:
    """A whole line for an event that no scope recorded; nobody's unless `facts` say whose."""
    line = {
        "v": 1,
        "id": event_id,
        "tag": "page:view:opened",
        "outcome": 0,
        "actor_kind": "human",
        "actor_label": "somebody",
        "actor_roles": ["agent"],
        "fields": [],
        "purpose": ["PATADMIN"],
        "request_id": uuid4(),
        **facts,
    }
    return json.dumps(line, default=str)


def _runner(alias: str) -> Run:
    def run(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def as_app(db: None) -> Run:
    """Run a statement as the application, in autocommit."""
    return _runner("audit")


@pytest.fixture
def as_owner(db: None) -> Run:
    return _runner("owner")


@pytest.fixture
def as_reader(db: None) -> Run:
    return _runner("audit_reader")


@pytest.fixture
def as_sealer(db: None) -> Run:
    return _runner("sealer")


@pytest.fixture
def superuser(db: None, postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection[Any]]:
    """The cluster's superuser, who may switch triggers of the ordinary kind off."""
    with postgres._superuser(TEST_DATABASE) as connection:
        yield connection


@pytest.fixture
def lay_down(as_owner: Run) -> Callable[..., UUID]:
    """Put an event into the trail as of `stored_at`, as only the owner can; gives its id."""

    def lay(stored_at: datetime, **facts: Any) -> UUID:
        event_id = uuid4()
        as_owner(
            "INSERT INTO audit_event (event_id, recorded, line, stored_at) VALUES (%s, %s, %s, %s)",
            event_id,
            stored_at,
            line_of(event_id, **facts),
            stored_at,
        )
        return event_id

    return lay
