"""The week's ground: a throwaway PostgreSQL with the desk's real schema and roles, and one clinic with two staff."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

DATABASE = "ringback_week"


@contextmanager
def migrated_database() -> Iterator[None]:
    """Set Django up over a new cluster of its own (no fsync); everything is gone afterwards."""
    from config.servers.postgres import EmbeddedPostgres

    with (
        TemporaryDirectory(prefix="ringback-week-") as folder,
        EmbeddedPostgres(Path(folder), durable=False) as server,
    ):
        server.create_database(DATABASE)
        urls = server.urls(DATABASE)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "AUDIT_READER_URL": urls.reader,
            "AUDIT_SEALER_URL": urls.sealer,
        }
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()
