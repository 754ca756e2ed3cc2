"""Accounts' membership: one row is one role of one person in one clinic, for a time."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.clinic import Clinic
from lib.ids import new_id


class Role(models.TextChoices):
    """What a person does in a clinic. Rights per role: accounts.roles."""

    AGENT = "agent", "Front desk"
    NURSE = "nurse", "Nurse"
    SUPERVISOR = "supervisor", "Supervisor"
    OFFICER = "officer", "Compliance officer"
    ADMINISTRATOR = "administrator", "Administrator"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self, at: datetime) -> "MembershipQuerySet":
        """Memberships in force at an instant: begun, not ended."""
        return self.not_over(at).filter(starts_at__lte=at)

    def not_over(self, at: datetime) -> "MembershipQuerySet":
        """Memberships in force at an instant or to come."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))


class Membership(models.Model):
    """One row says: this person has this role in this clinic from `starts_at` until `ends_at` (half-open, UTC)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "clinic", "role"], condition=Q(ends_at__isnull=True), name="one_open_membership_a_role"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
