"""Config's database engine, where Django looks for it: a pooled connection is looked at, not asked, before its use."""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.rows import TupleRow


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose pool gives only connections that nobody closed meanwhile.

    Django's own check (CONN_HEALTH_CHECKS) is a round trip for every request and connection. A server that restarts or
    ends a session closes the socket, which is then readable while nothing was asked: that is seen without asking.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.pool is None:
            return connection
        while _has_something_to_read(connection):
            connection.close()
            # The pool sees that it is closed and makes another in its place.
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def _has_something_to_read(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether the server said something unasked: that it is gone, or that it ended this session."""
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))
