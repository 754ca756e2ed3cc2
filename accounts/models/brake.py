"""Accounts' brake: how often somebody tried in vain, and until when the next try has to wait."""

from django.db import models

from lib.ids import new_id


class BrakeKind(models.TextChoices):
    """What tries are counted by."""

    PAIR = "pair", "One name from one address"
    NAME = "name", "One name from anywhere"
    ADDRESS = "address", "Any name from one address"


class Brake(models.Model):
    """One row counts tries in vain at one name, from one address, or at that name from that address.

    `key` is a keyed digest: people type passwords into the name field. `proved_at` (of pairs) is when somebody last got
    in there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=BrakeKind.choices)
    key = models.CharField(max_length=64)
    tries = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_brake_a_key")]
        indexes = [models.Index(fields=["tried_at"], name="brake_tried")]

    def __str__(self) -> str:
        return str(self.pk)
