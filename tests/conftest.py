"""Tests' ground: a throwaway PostgreSQL cluster with the real roles, and a clean database for each test.

The database is migrated by `owner` and used as `app`, as in production: what the application may not do, tests may not
either. The trail lives on a second, autocommit connection, so its events outlive a test's rollback, as they must; a
test reads the events that came after its own start.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from config.celery import app
from config.env import database
from config.servers.postgres import EmbeddedPostgres
from config.servers.valkey import EmbeddedValkey
from config.settings.jobs import broker_url

pytest_plugins = [
    "tests.cast",
    "tests.trail",
    "tests.live_desk",
    "tests.policies.balance",
    "tests.policies.golden",
    "tests.policies.pages",
    "tests.policies.unwritable",
    "tests.whole_run",
]

TEST_DATABASE = "ringback_test"
# Kept between tests: what migrations put there, and the trail with its seals, which nobody can empty.
KEPT_TABLES = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "audit_event",
    "audit_seal",
    "audit_leaf",
)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The cluster of this run: no fsync, its own folder, gone afterwards."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        server.create_database(TEST_DATABASE)
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """The broker of this run: rings go to a real one, as in production. Nobody answers unless a test starts a worker."""
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        settings.REDIS_URL = server.url
        app.conf.update(broker_url=broker_url(server.url))
        yield server


@pytest.fixture(scope="session")
def django_db_setup(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Point Django's connections at the cluster and migrate as the owner."""
    urls = postgres.urls(TEST_DATABASE)
    for alias, url in {
        "default": urls.app,
        "audit": urls.app,
        "owner": urls.owner,
        "audit_reader": urls.reader,
        "sealer": urls.sealer,
    }.items():
        entry = database(url, name=alias)
        # Django's handler holds the very same dictionaries.
        settings.DATABASES[alias].update({key: entry[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield
        connections.close_all()


@pytest.fixture
def _django_db_helper(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Stand in for pytest-django's helper: roll `default` back, leave the trail's connections in autocommit.

    A transactional test (or one with live servers) commits for real and is cleaned by the owner.
    """
    marker, names = request.node.get_closest_marker("django_db"), request.fixturenames
    commits = bool(marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & {*names}
    with django_db_blocker.unblock():
        if commits:
            yield
            _empty_tables()
        else:
            atomic = transaction.atomic()
            # As Django's TestCase does: durable blocks may nest in a test's own transaction.
            atomic._from_testcase = True  # Django's own test case sets it so
            with atomic:
                yield
                transaction.set_rollback(True)
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()


def _empty_tables() -> None:
    owner = connections["owner"]
    with owner.cursor() as cursor:
        names = [name for name in owner.introspection.table_names(cursor) if not name.startswith(KEPT_TABLES)]
        cursor.execute(f"TRUNCATE {', '.join(owner.ops.quote_name(name) for name in names)} RESTART IDENTITY CASCADE")
