"""Intake's line secret: what a line and its sender share."""

from uuid import UUID

from django.db import models
from django.db.models import Q

from audit.scope import Subject
from intake.models.line import Line
from lib.ids import new_id
from vault.fields import SealedCharField
from vault.rows import SealedQuerySet


class LineSecret(models.Model):
    """One row is one secret of a line; it is never shown again after it was set.

    Without `not_after` (UTC) it is the line's present one, of which there is one; with it, the one before, which counts
    until then. `key_id` names it in deliveries and on the trail. `matched_at` is when it last proved a delivery, to the
    minute: an old secret has fallen silent when that stands still.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="secrets")
    key_id = models.CharField(max_length=8)
    value = SealedCharField(aad_label="line_secret.value", max_length=200)
    set_at = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    matched_at = models.DateTimeField(null=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at"]
        constraints = [
            # Two lines with one secret could not be told apart, and a secret that came back was never retired.
            models.UniqueConstraint(fields=["key_id"], name="a_secret_belongs_to_one_line_once"),
            models.UniqueConstraint(
                fields=["line"], condition=Q(not_after__isnull=True), name="one_present_secret_a_line"
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.key_id[-4:]}"

    @property
    def audit_subject(self) -> Subject:
        """Nobody's data: the line stands for itself."""
        return Subject("line", str(self.line_id))

    @property
    def audit_object(self) -> Subject:
        return Subject("line_secret", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.line.clinic_id
        return clinic_id
