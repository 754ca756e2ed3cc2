"""Audit's event: the read model of the trail. The table itself is raw SQL in migration 0001 (decision 25)."""

import json
from functools import cached_property
from typing import Any

from django.db import models


class AuditEvent(models.Model):
    """One row is one actor doing one thing to one record in one request or task. Read-only: recording writes.

    `line` (canonical JSON) is the truth; the columns below it are generated from it by the database and exist to be
    searched. `recorded` is the application's clock, `stored_at` the database's; both UTC.
    """

    event_id = models.UUIDField(primary_key=True)
    recorded = models.DateTimeField()
    stored_at = models.DateTimeField()
    line = models.TextField()

    tag = models.TextField()
    outcome = models.SmallIntegerField()
    actor_id = models.TextField(null=True)  # noqa: DJ001 - the generated column is NULL
    clinic_id = models.UUIDField(null=True)
    subject_id = models.TextField(null=True)  # noqa: DJ001 - the generated column is NULL
    object_id = models.TextField(null=True)  # noqa: DJ001 - the generated column is NULL
    request_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "audit_event"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.event_id)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The whole record: every key of `line` (docs/comply/record.md lists them)."""
        facts: dict[str, Any] = json.loads(self.line)
        return facts
