"""Config's embedded PostgreSQL, its logins: one role a duty (decision 23), made by the launcher, never by a migration."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

OWNER, APP, READER, SEALER = "owner", "app", "audit_reader", "sealer"
ROLES = (OWNER, APP, READER, SEALER)

_NO_POWERS = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def set_up_roles(superuser: psycopg.Connection[TupleRow], passwords: Mapping[str, str]) -> None:
    """Make the four logins, or give existing ones these passwords and no more rights than theirs. Idempotent."""
    existing = {name for (name,) in superuser.execute("SELECT rolname FROM pg_roles").fetchall()}
    for role in ROLES:
        # Hashed here, so that no password is ever part of a statement.
        verifier = superuser.pgconn.encrypt_password(passwords[role].encode(), role.encode(), b"scram-sha-256")
        statement = sql.SQL("{verb} ROLE {role} WITH {powers} PASSWORD {verifier}").format(
            verb=sql.SQL("ALTER" if role in existing else "CREATE"),
            role=sql.Identifier(role),
            powers=_NO_POWERS,
            verifier=sql.Literal(verifier.decode()),
        )
        superuser.execute(statement)


def make_database(superuser: psycopg.Connection[TupleRow], name: str) -> None:
    """Make the database, owned by `owner`, unless it is there."""
    if superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        superuser.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)),
        )


def grant_access(superuser: psycopg.Connection[TupleRow], name: str) -> None:
    """Let each role into the database this connection is in (`name`), and no further than its duty. Idempotent.

    The app may read and write the tables `owner` will make, sequences included; reader and sealer get in and see
    nothing until a migration grants it. Nobody but `owner` makes anything in the schema.
    """
    guests = sql.SQL(", ").join(map(sql.Identifier, (APP, READER, SEALER)))
    words = {
        "name": sql.Identifier(name),
        "owner": sql.Identifier(OWNER),
        "app": sql.Identifier(APP),
        "guests": guests,
        "work": sql.SQL("SELECT, INSERT, UPDATE, DELETE"),
    }
    for statement in (
        "ALTER DATABASE {name} OWNER TO {owner}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {name} TO {guests}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {guests}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT {work} ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        superuser.execute(sql.SQL(statement).format(**words))
