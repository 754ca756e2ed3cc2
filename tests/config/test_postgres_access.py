"""The embedded PostgreSQL's logins, settings, log and files: who gets in, and what leaks out."""

import os
import signal
import stat

import psycopg
import pytest

from config.servers.postgres import EmbeddedPostgres
from tests.config.processes import eventually, lives

DATABASE = "ringback"
CANARY = "Wilhelmina-555-0142"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("postgres") / "server"


@pytest.fixture(scope="module")
def shared(folder):
    with EmbeddedPostgres(folder, durable=False) as server:
        server.create_database(DATABASE)
        yield server


def connect(url, **options):
    return psycopg.connect(url, autocommit=True, **options)


def ask(url, question):
    with connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize(
    ("duty", "role"), [("app", "app"), ("owner", "owner"), ("reader", "audit_reader"), ("sealer", "sealer")]
)
def test_each_url_is_a_login_without_powers(shared, duty, role):
    with connect(getattr(shared.urls(DATABASE), duty)) as connection:
        row = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (role, False, False, False, False, False)


def test_a_wrong_password_is_refused(shared):
    with pytest.raises(psycopg.OperationalError):
        connect(shared.urls(DATABASE).app, password="not-the-password")


def test_the_app_works_in_the_owners_tables_and_others_see_nothing_yet(shared):
    urls = shared.urls(DATABASE)
    with connect(urls.owner) as owner:
        owner.execute("CREATE TABLE callback (id serial PRIMARY KEY, note text)")
    with connect(urls.app) as app:
        app.execute("INSERT INTO callback (note) VALUES ('one'), ('two')")
        app.execute("UPDATE callback SET note = 'three' WHERE id = 2")
        app.execute("DELETE FROM callback WHERE id = 1")
        assert app.execute("SELECT id, note FROM callback").fetchall() == [(2, "three")]
        for forbidden in ("DROP TABLE callback", "TRUNCATE callback", "CREATE TABLE mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)
    for url in (urls.reader, urls.sealer):
        with connect(url) as guest:
            for forbidden in ("SELECT * FROM callback", "CREATE TABLE mine (id int)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    guest.execute(forbidden)


def test_a_database_can_be_made_twice_and_belongs_to_the_owner(shared):
    shared.create_database("second")
    shared.create_database("second")
    question = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'second'"
    assert ask(shared.urls("second").app, question) == "owner"
    assert ask(shared.urls("second").app, "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname='public'")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
    ],
)
def test_settings_of_a_throwaway_server(shared, setting, value):
    assert ask(shared.urls(DATABASE).app, f"SHOW {setting}") == value


def test_order_and_case_do_not_depend_on_the_machine(shared):
    question = "SELECT string_agg(word, ' ' ORDER BY word) FROM unnest(ARRAY['b', 'é', 'a', 'Z']) AS word"
    assert ask(shared.urls(DATABASE).app, question) == "Z a b é"
    assert ask(shared.urls(DATABASE).app, "SELECT upper('é')") == "É"


def test_the_log_never_holds_what_people_said(shared, folder):
    urls = shared.urls(DATABASE)
    with connect(urls.owner) as owner:
        owner.execute("CREATE TABLE person (name text PRIMARY KEY CHECK (length(name) < 100))")
    with connect(urls.app) as app:
        app.execute("INSERT INTO person VALUES (%s)", [CANARY])
        for statement, error in (
            ("INSERT INTO person VALUES (%s)", psycopg.errors.UniqueViolation),
            ("SELECT %s::int", psycopg.errors.InvalidTextRepresentation),
            ("INSERT INTO person VALUES (repeat(%s, 9))", psycopg.errors.CheckViolation),
        ):
            with pytest.raises(error):
                app.execute(statement, [CANARY])
        with pytest.raises(psycopg.errors.SyntaxError):
            app.execute(f"SELEKT '{CANARY}'")
        with pytest.raises(psycopg.errors.RaiseException):
            app.execute(f"DO $$ BEGIN RAISE WARNING '{CANARY}'; RAISE EXCEPTION '{CANARY}'; END $$")
    log = folder / "server.log"
    assert "ready to accept connections" in log.read_text()
    assert CANARY not in log.read_text()


def test_a_crashing_statement_is_not_written_down(tmp_path):
    with EmbeddedPostgres(tmp_path / "server", durable=False) as server:
        server.create_database(DATABASE)
        with connect(server.urls(DATABASE).app) as app:
            backend = app.info.backend_pid
            with connect(server.urls(DATABASE).app) as other:
                other.execute(f"SELECT '{CANARY}'")
                os.kill(other.info.backend_pid, signal.SIGSEGV)
                assert eventually(lambda: not lives(backend))
        log = tmp_path / "server" / "server.log"
        assert eventually(lambda: "all server processes terminated" in log.read_text())
        assert CANARY not in log.read_text()


def test_nobody_else_can_look_into_the_folder(shared, folder):
    assert {mode(folder / name) for name in ("passwords", "cluster", "run")} == {0o700}
    assert {mode(file) for file in (folder / "passwords").iterdir()} == {0o600}
    assert mode(folder / "server.log") == 0o600
    assert stat.S_IMODE((folder / "run" / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_urls_do_not_show_passwords_by_accident(shared, folder):
    password = (folder / "passwords" / "app").read_text()
    assert password in shared.urls(DATABASE).app
    assert password not in repr(shared.urls(DATABASE))
