"""The trail: one partitioned table, append-only for the application, searched by generated columns.

Raw SQL, because Django knows neither partitions nor column grants. The columns that are searched are GENERATED from
`line`, so they cannot disagree with the bytes that seals will hash; everything else is read from `line` itself
(docs/decisions/0004). Names of roles come from the database URLs; the launcher or the operator creates them.
"""

from django.db import migrations, models

from audit.grants import grant_trail

TABLE = """
CREATE TABLE audit_event (
    event_id uuid NOT NULL,
    recorded timestamptz NOT NULL,
    line text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tag text NOT NULL GENERATED ALWAYS AS (line::jsonb ->> 'tag') STORED,
    outcome smallint NOT NULL GENERATED ALWAYS AS ((line::jsonb ->> 'outcome')::smallint) STORED,
    actor_id text GENERATED ALWAYS AS (line::jsonb ->> 'actor_id') STORED,
    clinic_id uuid GENERATED ALWAYS AS ((line::jsonb ->> 'clinic_id')::uuid) STORED,
    subject_id text GENERATED ALWAYS AS (line::jsonb ->> 'subject_id') STORED,
    object_id text GENERATED ALWAYS AS (line::jsonb ->> 'object_id') STORED,
    request_id uuid NOT NULL GENERATED ALWAYS AS ((line::jsonb ->> 'request_id')::uuid) STORED,
    PRIMARY KEY (stored_at, event_id)
) PARTITION BY RANGE (stored_at);

CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;

CREATE INDEX audit_event_subject ON audit_event (subject_id, stored_at) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_event_actor ON audit_event (actor_id, stored_at);
CREATE INDEX audit_event_clinic ON audit_event (clinic_id, stored_at);
CREATE INDEX audit_event_object ON audit_event (object_id, stored_at) WHERE object_id IS NOT NULL;
CREATE INDEX audit_event_xid ON audit_event (xid);
CREATE INDEX audit_event_stored ON audit_event USING brin (stored_at);
"""

FENCE = """
CREATE FUNCTION audit_deny() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'the trail is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$body$;

CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
-- ALWAYS: session_replication_role = replica must not step over the fence.
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_append_only;
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_no_truncate;

-- TRUNCATE triggers are not cloned to partitions, and clones start as ORIGIN: fence each partition by hand.
CREATE FUNCTION audit_fence_partition(partition regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_event_append_only', partition);
    EXECUTE format('CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON %s'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION audit_deny()', partition);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_event_no_truncate', partition);
END
$body$;
SELECT audit_fence_partition('audit_event_default');
"""

PARTITIONS = """
-- Runs as its owner and takes no argument that reaches a statement but a small number, so the application may call
-- it (daily, from beat) without the right to create tables. Returns how many partitions it made.
CREATE FUNCTION audit_ensure_partitions(months_ahead integer DEFAULT 3) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    first_day date;
    partition_name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_ensure_partitions'));
    FOR n IN 0 .. least(greatest(months_ahead, 0), 12) LOOP
        first_day := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date;
        partition_name := 'audit_event_' || to_char(first_day, 'YYYY_MM');
        IF to_regclass('public.' || partition_name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.audit_event FOR VALUES FROM (%L) TO (%L)',
                partition_name,
                to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(first_day + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
            );
            EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC', partition_name);
            PERFORM public.audit_revoke_partition(partition_name);
            PERFORM public.audit_fence_partition(('public.' || partition_name)::regclass);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$body$;

-- Default privileges give the application every new table of the owner; a partition of the trail is not one of them.
CREATE FUNCTION audit_revoke_partition(partition_name text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    grantee_name text;
BEGIN
    FOR grantee_name IN
        SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_schema = 'public' AND table_name = partition_name AND grantee <> current_user
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM %I', partition_name, grantee_name);
    END LOOP;
END
$body$;
SELECT audit_revoke_partition('audit_event_default');
REVOKE ALL ON FUNCTION audit_ensure_partitions(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_revoke_partition(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_fence_partition(regclass) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE audit_event"),
        migrations.RunSQL(FENCE, "DROP FUNCTION audit_deny() CASCADE; DROP FUNCTION audit_fence_partition(regclass)"),
        migrations.RunSQL(
            PARTITIONS,
            "DROP FUNCTION audit_ensure_partitions(integer); DROP FUNCTION audit_revoke_partition(text)",
        ),
        migrations.RunPython(grant_trail, migrations.RunPython.noop),
        migrations.RunSQL("SELECT audit_ensure_partitions()", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("recorded", models.DateTimeField()),
                ("stored_at", models.DateTimeField()),
                ("line", models.TextField()),
                ("tag", models.TextField()),
                ("outcome", models.SmallIntegerField()),
                ("actor_id", models.TextField(null=True)),
                ("clinic_id", models.UUIDField(null=True)),
                ("subject_id", models.TextField(null=True)),
                ("object_id", models.TextField(null=True)),
                ("request_id", models.UUIDField()),
            ],
            options={
                "db_table": "audit_event",
                "managed": False,
                "default_permissions": (),
            },
        ),
    ]
