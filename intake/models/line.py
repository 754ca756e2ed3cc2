"""Intake's line: the phone line of one assistant of one clinic."""

from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from lib.ids import new_id


class Line(models.Model):
    """One row is one assistant's line. The default line takes its secrets from the environment (decision 14)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="lines")
    name = models.CharField(max_length=60)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_line")
        ]

    def __str__(self) -> str:
        return self.name
