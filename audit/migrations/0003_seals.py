"""Seals and their leaves: append-only for the sealer, readable for the officer's pages, out of the application's reach.

Raw SQL for the same reason as the trail's: column-exact grants and fences that Django does not know.
"""

from typing import Any

from django.db import migrations, models
from psycopg import sql

from audit.grants import role_of

TABLES = """
CREATE TABLE audit_seal (
    n bigint PRIMARY KEY CHECK (n > 0),
    body text NOT NULL,
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Which event each leaf of a seal was: names what is missing, and finds rows that came too late for their seal.
CREATE TABLE audit_leaf (
    seal_n bigint NOT NULL REFERENCES audit_seal (n),
    position integer NOT NULL CHECK (position >= 0),
    event_id uuid NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    PRIMARY KEY (seal_n, position)
);
CREATE INDEX audit_leaf_event ON audit_leaf (event_id);

-- Compare and swap: two sealers that both believe in their turn cannot make two chains.
CREATE FUNCTION audit_seal_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    before public.audit_seal%ROWTYPE;
BEGIN
    SELECT * INTO before FROM public.audit_seal ORDER BY n DESC LIMIT 1;
    IF NEW.n <> coalesce(before.n, 0) + 1 OR NEW.body::jsonb ->> 'prev' <> coalesce(before.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'seal % does not follow the last one', NEW.n USING ERRCODE = 'serialization_failure';
    END IF;
    IF NEW.hash <> encode(sha256(convert_to(NEW.body, 'UTF8') || NEW.signature), 'hex') THEN
        RAISE EXCEPTION 'the hash of seal % is not its own', NEW.n USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER audit_seal_follows BEFORE INSERT ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_seal_follows();
"""

FENCE = "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_deny();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate;
"""
    for table in ("audit_seal", "audit_leaf")
)


def grant_seals(apps: Any, schema_editor: Any) -> None:
    """The sealer appends, the officer's reader reads, the application does neither. One login: nobody to grant to."""
    del apps
    connection = schema_editor.connection
    app, owner = role_of("default"), connection.settings_dict["USER"]
    if app == owner:
        return
    with connection.cursor() as cursor:
        for statement in (
            "REVOKE ALL ON audit_seal, audit_leaf FROM {app}",
            "GRANT SELECT ON audit_seal, audit_leaf TO {reader}",
            "GRANT SELECT, INSERT (n, body, signature, hash) ON audit_seal TO {sealer}",
            "GRANT SELECT, INSERT ON audit_leaf TO {sealer}",
        ):
            cursor.execute(
                sql.SQL(statement).format(
                    app=sql.Identifier(app),
                    reader=sql.Identifier(role_of("audit_reader")),
                    sealer=sql.Identifier(role_of("sealer")),
                )
            )


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_finding")]

    operations = [
        migrations.RunSQL(TABLES, "DROP TABLE audit_leaf, audit_seal; DROP FUNCTION audit_seal_follows()"),
        migrations.RunSQL(FENCE, migrations.RunSQL.noop),
        migrations.RunPython(grant_seals, migrations.RunPython.noop),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("n", models.BigIntegerField(primary_key=True, serialize=False)),
                ("body", models.TextField()),
                ("signature", models.BinaryField()),
                ("hash", models.CharField(max_length=64)),
                ("stored_at", models.DateTimeField()),
            ],
            options={"db_table": "audit_seal", "managed": False, "default_permissions": ()},
        ),
    ]
