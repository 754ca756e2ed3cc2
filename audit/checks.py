"""Audit's checks: every URL is decided, and the fence around the trail stands."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections

from audit.grants import role_of
from audit.policy import decision_of, walk_views

ALLOWED = {("INSERT", "audit_event", column) for column in ("event_id", "recorded", "line")}
FENCE_GAPS = """
    WITH wanted (relid, name) AS (
        SELECT relid, name FROM pg_partition_tree('audit_event')
        CROSS JOIN (VALUES ('audit_event_append_only'), ('audit_event_no_truncate')) AS of_events(name)
        UNION ALL VALUES
            ('audit_seal'::regclass, 'audit_seal_append_only'), ('audit_seal'::regclass, 'audit_seal_no_truncate'),
            ('audit_seal'::regclass, 'audit_seal_follows'),
            ('audit_leaf'::regclass, 'audit_leaf_append_only'), ('audit_leaf'::regclass, 'audit_leaf_no_truncate')
    )
    SELECT relid::text, name FROM wanted
    LEFT JOIN pg_trigger ON tgrelid = relid AND tgname = name AND tgenabled = 'A'
    WHERE pg_trigger.oid IS NULL
"""
# Asked of the server itself: a right may come through PUBLIC or another role as well.
APP_RIGHTS = """
    WITH fenced AS (
        SELECT relid FROM pg_partition_tree('audit_event')
        UNION ALL VALUES ('audit_seal'::regclass), ('audit_leaf'::regclass)
    )
    SELECT word, relid::text, ''
    FROM fenced
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS word
    WHERE has_table_privilege(%(app)s, relid, word)
    UNION
    SELECT word, relid::text, attname::text
    FROM fenced
    JOIN pg_attribute ON attrelid = relid AND attnum > 0 AND NOT attisdropped
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS word
    WHERE has_column_privilege(%(app)s, relid, attnum, word)
"""


def check_every_url_is_decided(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """Deny by default: an undecided URL is an error at start, not a page nobody recorded."""
    del app_configs, kwargs
    return [
        checks.Error(f"{route or '/'} is neither @audited nor @not_audited.", id="audit.E001")
        for route, pattern in walk_views()
        if decision_of(pattern.callback) is None
    ]


def check_fence(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """The triggers of trail and seals exist on every partition and always fire; the application holds three column grants."""
    del app_configs, kwargs
    if not databases or "owner" not in databases:
        return []
    app, owner = role_of("default"), role_of("owner")
    if app == owner:
        return [
            checks.Warning(
                "One database login does everything: the application could edit its own trail.",
                hint="Set DATABASE_OWNER_URL, AUDIT_READER_URL and AUDIT_SEALER_URL to logins of their own.",
                id="audit.W001",
            )
        ]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.audit_leaf') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(FENCE_GAPS)
        gaps = cursor.fetchall()
        cursor.execute(APP_RIGHTS, {"app": app})
        rights = {tuple(row) for row in cursor.fetchall()}
    problems: list[checks.CheckMessage] = [
        checks.Error(f"The trigger {trigger} is missing or disabled on {table}.", id="audit.E002")
        for table, trigger in gaps
    ]
    problems += [
        checks.Error(f"The application role holds {word} on {table} {column}".rstrip() + ".", id="audit.E003")
        for word, table, column in sorted(rights - ALLOWED)
    ]
    return problems


def register_checks() -> None:
    checks.register(check_every_url_is_decided)
    checks.register(check_fence, checks.Tags.database)
