"""Audit's grants: what each database role may do with the trail (decision 23). Idempotent; run as the owner."""

from typing import Any

from django.conf import settings
from psycopg import sql


def role_of(alias: str) -> str:
    """The database login behind a connection alias."""
    return str(settings.DATABASES[alias]["USER"])


def grant_trail(apps: Any, schema_editor: Any) -> None:
    """The application may insert three columns and nothing else; the reader and the sealer may select.

    With one login only (a developer's own database) there is nobody to grant to: the audit.W001 check says so, and
    production refuses to start.
    """
    del apps
    connection = schema_editor.connection
    app, owner = role_of("default"), connection.settings_dict["USER"]
    if app == owner:
        return
    with connection.cursor() as cursor:
        for statement in (
            "REVOKE ALL ON audit_event FROM {app}",
            "GRANT INSERT (event_id, recorded, line) ON audit_event TO {app}",
            "GRANT EXECUTE ON FUNCTION audit_ensure_partitions(integer) TO {app}",
            "GRANT SELECT ON audit_event TO {reader}",
            "GRANT SELECT ON audit_event TO {sealer}",
        ):
            cursor.execute(
                sql.SQL(statement).format(
                    app=sql.Identifier(app),
                    reader=sql.Identifier(role_of("audit_reader")),
                    sealer=sql.Identifier(role_of("sealer")),
                )
            )
