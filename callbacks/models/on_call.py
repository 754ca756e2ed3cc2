"""Callbacks' people on call: who hears at once of an urgent call that came while the clinic is closed."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Clinic
from lib.ids import new_id


class OnCallQuerySet(models.QuerySet["OnCall"]):
    def active(self, at: datetime) -> "OnCallQuerySet":
        """Those in force at an instant: begun, not ended."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)


class OnCall(models.Model):
    """One row says: this person is on call for this clinic from `starts_at` until `ends_at` (half-open, UTC).

    A clinic without any lets urgent calls wait until it opens.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="on_call")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = OnCallQuerySet.as_manager()

    class Meta:
        verbose_name = "person on call"
        verbose_name_plural = "people on call"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="on_call_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
