"""Tests' reading of the trail: what was recorded since the test began, as the officer's role sees it."""

from typing import Any

import pytest
from django.db import connections

from audit.models import AuditEvent


class Trail:
    """Events stored since this object was made, oldest first."""

    def __init__(self) -> None:
        with connections["audit_reader"].cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            self.since = cursor.fetchone()[0]

    def events(self, tag: Any = None) -> list[dict[str, Any]]:
        """Committed events, as their lines say; a change inside a test's own transaction is not among them."""
        return self._facts("audit_reader", tag)

    def tags(self) -> list[str]:
        return [event["tag"] for event in self.events()]

    def _facts(self, alias: str, tag: Any) -> list[dict[str, Any]]:
        rows = AuditEvent.objects.using(alias).filter(stored_at__gt=self.since).order_by("stored_at")
        wanted = rows.filter(tag=tag.value) if tag is not None else rows
        return [row.facts for row in wanted]


@pytest.fixture
def trail(db: None) -> Trail:
    return Trail()
