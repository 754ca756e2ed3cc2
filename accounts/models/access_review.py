"""Accounts' access review: who may do what in a clinic, looked at line by line, decided and signed."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.clinic import Clinic
from accounts.models.membership import Role
from lib.ids import new_id


class LineDecision(models.TextChoices):
    """What becomes of a role."""

    KEEP = "keep", "Keep"
    REVOKE = "revoke", "Revoke"


class AccessReview(models.Model):
    """One row is one review of a clinic's roles, open until it is signed; then no line and no word of it changes.

    `digest` is SHA-256 over the lines as signed (accounts.services.access_reviews says how). Instants are UTC. A trigger
    of the database keeps what is signed as it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="access_reviews")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"], condition=Q(signed_at__isnull=True), name="one_open_review_a_clinic"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, digest="")
                | Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(digest=""),
                name="a_signature_is_whole_or_absent",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "-started_at"], name="review_of_clinic")]

    def __str__(self) -> str:
        return str(self.pk)


class AccessReviewLine(models.Model):
    """One row is one role of one person as it was when the review began, and what was decided about it.

    `reveals` counts how often they opened callers' data in the ninety days before. Copied, never looked up again: what
    was signed must read the same in six years.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="lines")
    # A role that was withdrawn before it began leaves no row; the line outlives it.
    membership_id = models.UUIDField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    username = models.CharField(max_length=60)
    display_name = models.CharField(max_length=60)
    role = models.CharField(max_length=16, choices=Role.choices)
    since = models.DateTimeField()
    signed_in_at = models.DateTimeField(null=True)
    reveals = models.PositiveIntegerField()
    has_factor = models.BooleanField()
    decision = models.CharField(max_length=8, choices=LineDecision, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["username", "role"]
        constraints = [
            models.UniqueConstraint(fields=["review", "membership_id"], name="one_line_a_role"),
            models.CheckConstraint(
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="a_decision_is_whole_or_absent",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
