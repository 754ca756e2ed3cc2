"""Audit's seals: the read models of two tables that only the sealer may append to (migration 0003)."""

import json
from functools import cached_property
from typing import Any

from django.db import models


class Seal(models.Model):
    """One row is one signed statement about a range of the trail; `hash` is what the next one names. Append-only."""

    n = models.BigIntegerField(primary_key=True)
    body = models.TextField()
    signature = models.BinaryField()
    hash = models.CharField(max_length=64)
    stored_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_seal"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.n}:{self.hash}"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The body's words (docs/comply/seals.md lists them)."""
        facts: dict[str, Any] = json.loads(self.body)
        return facts
