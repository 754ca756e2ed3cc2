"""A trail that cannot be written, for real: the owner takes the application's right away and gives it back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connections


@contextmanager
def _without_the_right() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("REVOKE INSERT (event_id, recorded, line) ON audit_event FROM app")
        try:
            yield
        finally:
            cursor.execute("GRANT INSERT (event_id, recorded, line) ON audit_event TO app")


@pytest.fixture
def unwritable_trail(db: None) -> Callable[[], AbstractContextManager[None]]:
    """`with unwritable_trail(): ...`: inside, no event can be stored by anybody but the owner."""
    return _without_the_right
