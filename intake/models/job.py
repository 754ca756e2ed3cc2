"""Intake's outbox: the truth of which deliveries still wait to become callbacks."""

from django.db import models
from django.db.models import Q

from intake.models.delivery import Delivery


class JobState(models.TextChoices):
    PENDING = "pending"
    DONE = "done"
    # Tried too often; somebody must look. Still visible, never deleted.
    DEAD = "dead"


class DeliveryJob(models.Model):
    """One row is one stored delivery and whether its callback has been opened. Made in the delivery's transaction.

    Claimed with SKIP LOCKED and a lease; `next_at` is when the next try is allowed. `last_error_code` is the name of
    an exception, never its text.
    """

    delivery = models.OneToOneField(Delivery, primary_key=True, on_delete=models.PROTECT, related_name="job")
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    last_error_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="delivery_job_pending", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return str(self.pk)
