"""Audit's anchor state: how far each anchor got. The evidence is what the anchor itself holds, never this row."""

from django.db import models


class AnchorState(models.Model):
    """One row is one configured anchor: the last head it took and how the last try went. Instants UTC."""

    name = models.CharField(max_length=12, primary_key=True)
    seal_n = models.BigIntegerField(default=0)
    seal_hash = models.CharField(max_length=64, blank=True)
    kept_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=20, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.seal_n}"
