"""Callbacks' past hours: the weeks a clinic had before, so that there is a way back."""

from django.conf import settings
from django.db import models

from accounts.models import Clinic
from lib.ids import new_id


class PastHours(models.Model):
    """One row is the weekly hours a clinic had until `replaced_at`, as [weekday, opens_minute, closes_minute]."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="past_hours")
    periods = models.JSONField(default=list)
    replaced_at = models.DateTimeField()
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["clinic", "-replaced_at"], name="past_hours_latest")]

    def __str__(self) -> str:
        return str(self.pk)
