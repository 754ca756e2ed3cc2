"""Seals have a cluster of their own: the horizon is cluster-wide, and tests here break trails on purpose."""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg.rows import TupleRow
from pytest_django import DjangoDbBlocker

from audit import recording
from audit.background import service_scope
from audit.events import PAGE_VIEWED
from audit.recording import record_event
from audit.scope import Subject
from config.env import database
from config.servers.postgres import EmbeddedPostgres

TEMPLATE = "ringback_sealing_template"
ALIASES = ("default", "audit", "owner", "audit_reader", "sealer")
PARTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


def new_signing_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


class House:
    """A migrated database of one test, and what its superuser can do to it."""

    def __init__(self, server: EmbeddedPostgres, name: str) -> None:
        self.server = server
        self.name = name

    def superuser(self) -> psycopg.Connection[TupleRow]:
        """Somebody with every right there is, as the red team has."""
        return self.server._superuser(self.name)

    def by_superuser(self, statement: str, *values: object) -> None:
        with self.superuser() as connection:
            connection.execute("SET session_replication_role = replica")
            for table in ("audit_event", "audit_seal", "audit_leaf"):
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            connection.execute(statement, values)

    def write(self, count: int = 1) -> None:
        """`count` events, each from a request of its own."""
        for n in range(count):
            with service_scope("test", route="test"):
                record_event(PAGE_VIEWED, obj=Subject("callback", f"record-{n}"))


@contextmanager
def moved_to(server: EmbeddedPostgres, name: str) -> Iterator[None]:
    """Point Django's connections at another database for the block."""
    before = {alias: {part: settings.DATABASES[alias][part] for part in PARTS} for alias in ALIASES}
    urls = server.urls(name)
    connections.close_all()
    for alias, url in zip(ALIASES, (urls.app, urls.app, urls.owner, urls.reader, urls.sealer), strict=True):
        entry = database(url, name=alias)
        settings.DATABASES[alias].update({part: entry[part] for part in PARTS})
    try:
        yield
    finally:
        connections.close_all()
        for alias, parts in before.items():
            settings.DATABASES[alias].update(parts)


@pytest.fixture(scope="session")
def sealing_server(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("sealing"), durable=False) as server:
        server.create_database(TEMPLATE)
        with django_db_blocker.unblock(), moved_to(server, TEMPLATE):
            call_command("migrate", verbosity=0)
        yield server


@pytest.fixture
def house(sealing_server: EmbeddedPostgres, django_db_blocker: DjangoDbBlocker, signing: object) -> Iterator[House]:
    """A migrated, empty database of this test alone."""
    name = f"sealing_{os.urandom(6).hex()}"
    with sealing_server._superuser("postgres") as superuser:
        superuser.autocommit = True
        superuser.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER owner")
    sealing_server.create_database(name)
    with django_db_blocker.unblock(), moved_to(sealing_server, name):
        # As a new process would: its writer's numbers start with this database.
        recording._stream.__init__()
        yield House(sealing_server, name)


@pytest.fixture
def signing(settings) -> Callable[[], str]:
    """The sealer has a key; called, a newer one is put in front of it."""
    settings.AUDIT_SIGNING_KEYS = [new_signing_key()]

    def rotate() -> str:
        key = new_signing_key()
        settings.AUDIT_SIGNING_KEYS = [key, *settings.AUDIT_SIGNING_KEYS]
        return key

    return rotate
