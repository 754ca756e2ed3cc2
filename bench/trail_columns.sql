-- What generated columns cost an insert into the trail (docs/decisions/0004): four tables, 20,000 rows each.
-- Run: psql "$DATABASE_OWNER_URL" -f bench/trail_columns.sql   (temporary tables only; divide each time by 20,000)
\set QUIET on
CREATE FUNCTION pg_temp.words(j jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT coalesce(array_agg(v ORDER BY o), '{}') FROM jsonb_array_elements_text(j) WITH ORDINALITY AS e(v, o) $$;
CREATE TEMP TABLE no_column (event_id uuid, recorded timestamptz, stored_at timestamptz DEFAULT clock_timestamp(), xid xid8 DEFAULT pg_current_xact_id(), line text);
CREATE TEMP TABLE five_columns (LIKE no_column INCLUDING ALL,
 tag text generated always as (line::jsonb->>'tag') stored, 
 actor_id text generated always as (line::jsonb->>'actor_id') stored, 
 clinic_id uuid generated always as ((line::jsonb->>'clinic_id')::uuid) stored, subject_id text generated always as (line::jsonb->>'subject_id') stored,
 object_id text generated always as (line::jsonb->>'object_id') stored);
CREATE TEMP TABLE all_columns (LIKE no_column INCLUDING ALL,
 tag text generated always as (line::jsonb->>'tag') stored, event_type text generated always as (line::jsonb->>'event_type') stored, subtypes text[] generated always as (pg_temp.words(line::jsonb->'subtypes')) stored,
 action text generated always as (line::jsonb->>'action') stored, outcome smallint generated always as ((line::jsonb->>'outcome')::smallint) stored, actor_kind text generated always as (line::jsonb->>'actor_kind') stored,
 actor_id text generated always as (line::jsonb->>'actor_id') stored, actor_label text generated always as (line::jsonb->>'actor_label') stored, actor_roles text[] generated always as (pg_temp.words(line::jsonb->'actor_roles')) stored,
 clinic_id uuid generated always as ((line::jsonb->>'clinic_id')::uuid) stored, subject_kind text generated always as (line::jsonb->>'subject_kind') stored, subject_id text generated always as (line::jsonb->>'subject_id') stored,
 object_kind text generated always as (line::jsonb->>'object_kind') stored, object_id text generated always as (line::jsonb->>'object_id') stored, fields text[] generated always as (pg_temp.words(line::jsonb->'fields')) stored,
 phi boolean generated always as ((line::jsonb->>'phi_accessed')::boolean) stored, call_id text generated always as (line::jsonb->'details'->>'call_id') stored, purpose text[] generated always as (pg_temp.words(line::jsonb->'purpose')) stored,
 request_id uuid generated always as ((line::jsonb->>'request_id')::uuid) stored, route text generated always as (line::jsonb->>'route') stored, status smallint generated always as ((line::jsonb->>'status')::smallint) stored, ip inet generated always as ((line::jsonb->>'ip')::inet) stored);
CREATE TEMP TABLE one_document (LIKE no_column INCLUDING ALL, doc jsonb GENERATED ALWAYS AS (line::jsonb) STORED);
\set l '{"action":"R","actor_id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","actor_kind":"human","actor_label":"ana","actor_roles":["agent"],"auth_method":"password","clinic_id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","event_type":"rest","fields":["first_name","phone_tail"],"id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","ip":"127.0.0.1","ip_trusted":true,"method":"GET","object_id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","object_kind":"callback","outcome":0,"phi_accessed":true,"purpose":["PATADMIN"],"recorded":"2026-11-22T22:00:00.000000+00:00","request_id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","route":"callbacks:queue","session_ref":"0123456789abcdef0123456789abcdef","status":200,"stream_id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","stream_seq":1234,"subject_id":"0193e8a2-7c1e-7a42-9a5e-1f2e3d4c5b6a","subject_kind":"caller","subtypes":["read"],"tag":"queue:caller:shown","user_agent_hash":"0123456789abcdef","v":1}'
\timing on
\echo no_column
INSERT INTO no_column (event_id, recorded, line) SELECT gen_random_uuid(), now(), :'l' FROM generate_series(1, 20000);
\echo five_columns
INSERT INTO five_columns (event_id, recorded, line) SELECT gen_random_uuid(), now(), :'l' FROM generate_series(1, 20000);
\echo all_columns
INSERT INTO all_columns (event_id, recorded, line) SELECT gen_random_uuid(), now(), :'l' FROM generate_series(1, 20000);
\echo one_document
INSERT INTO one_document (event_id, recorded, line) SELECT gen_random_uuid(), now(), :'l' FROM generate_series(1, 20000);
