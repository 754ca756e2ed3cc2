"""Config's preparing: migrations and demo before the services start, and how a later start knows that they are done."""

import hashlib
from pathlib import Path

import psycopg

from config.first_start import REPOSITORY

# What the rows of Django's own table say of a database: another one, or an older copy of it, says something else.
_APPLIED = "SELECT count(*) || ' ' || coalesce(max(applied)::text, '') FROM django_migrations"
_CONNECT_SECONDS = 5


def state_of(url: str) -> str | None:
    """A line for this code with this database; None where no database is named, it has no migrations yet, or it
    does not answer.

    The code's part is a digest of all migrations and of the locked libraries, which bring migrations too.
    """
    if not url:
        return None
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as connection:
            row = connection.execute(_APPLIED).fetchone()
    except psycopg.Error:
        # `migrate` comes next, and says what is wrong.
        return None
    return f"{_digest_of_code()} {row[0]}\n" if row else None


def is_prepared(note: Path, url: str) -> bool:
    """Whether the last preparation, as noted in this file, was of just this code and database."""
    return note.is_file() and note.read_text(encoding="utf-8") == state_of(url)


def note_prepared(note: Path, url: str) -> None:
    """Remember that everything is done, so that the next start need not ask Django."""
    state = state_of(url)
    if state is not None:
        note.write_text(state, encoding="utf-8")


def _digest_of_code() -> str:
    digest = hashlib.sha256()
    for path in (*sorted(REPOSITORY.glob("*/migrations/*.py")), REPOSITORY / "uv.lock"):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
