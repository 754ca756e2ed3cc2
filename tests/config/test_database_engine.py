"""Pooled connections that the server ended are noticed before they are used."""

from collections.abc import Iterator

import pytest
from django.db import connections

from config.database.base import DatabaseWrapper
from config.settings import base
from tests.waiting import becomes_true


@pytest.fixture
def pooled(db: None) -> Iterator[DatabaseWrapper]:
    """A connection like the web processes', to the test database."""
    wrapper = DatabaseWrapper(
        {
            **connections["default"].settings_dict,
            "ENGINE": "config.database",
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": False,
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 2, "timeout": 5}},
        },
        alias="pooled-for-a-test",
    )
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend_of(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_is_used_again(pooled):
    used = set()
    for _ in range(5):
        used.add(backend_of(pooled))
        pooled.close()
    # The pool may have grown once meanwhile.
    assert len(used) <= 2


def test_one_that_the_server_ended_meanwhile_is_never_given_out(pooled):
    ended = backend_of(pooled)
    pooled.close()
    # A role may end its own sessions.
    with connections["audit"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [ended])
    assert becomes_true(lambda: ended not in all_backends())
    for _ in range(3):
        assert backend_of(pooled) != ended
        pooled.close()


def all_backends() -> set[int]:
    with connections["audit"].cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        return {pid for (pid,) in cursor.fetchall()}


def test_web_processes_use_it_and_others_ask_the_server():
    url = "postgresql://app@/ringback?host=/nowhere"
    web = base.databases(url, owner_url=url, reader_url=url, sealer_url=url, pool=True)
    assert {alias for alias, entry in web.items() if entry["ENGINE"] == "config.database"} == {
        "default",
        "audit",
        "audit_reader",
    }
    worker = base.databases(url, owner_url=url, reader_url=url, sealer_url=url)
    assert all(entry["CONN_HEALTH_CHECKS"] for entry in worker.values())
