"""What is prepared is not prepared again, and any doubt prepares it."""

import pytest
from django.conf import settings
from django.db import connections

from config import preparing
from config.preparing import is_prepared, note_prepared, state_of
from config.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def url(postgres: EmbeddedPostgres):
    return postgres.urls(connections["owner"].settings_dict["NAME"]).owner


@pytest.fixture
def note(tmp_path):
    return tmp_path / "prepared"


def test_the_same_code_and_database_need_nothing(note, url):
    assert not is_prepared(note, url)
    note_prepared(note, url)
    assert is_prepared(note, url)


def test_a_changed_migration_is_prepared(note, url, monkeypatch, tmp_path):
    note_prepared(note, url)
    room = tmp_path / "callbacks" / "migrations"
    room.mkdir(parents=True)
    (room / "0001_initial.py").write_text("operations = []")
    (tmp_path / "uv.lock").write_bytes((settings.BASE_DIR / "uv.lock").read_bytes())
    monkeypatch.setattr(preparing, "REPOSITORY", tmp_path)
    assert not is_prepared(note, url)


def test_a_database_with_other_migrations_is_prepared(note, url):
    note_prepared(note, url)
    with connections["owner"].cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('callbacks', '9999_x', now())")
        try:
            assert not is_prepared(note, url)
        finally:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_x'")


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", ""])
def test_a_database_that_does_not_answer_is_not_taken_for_prepared(note, url):
    note_prepared(note, url)
    assert state_of(url) is None
    assert not note.exists()
    assert not is_prepared(note, url)
