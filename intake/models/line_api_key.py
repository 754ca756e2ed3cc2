"""Intake's line key: with what a line's calls are asked of VAPI."""

from uuid import UUID

from django.db import models

from audit.scope import Subject
from intake.models.line import Line
from lib.ids import new_id
from vault.fields import SealedCharField
from vault.rows import SealedQuerySet


class LineApiKey(models.Model):
    """One row is one line's private key at VAPI; it is never shown again after it was set.

    The default line's key is the environment's (decision 14). `key_id` names it in deliveries and on the trail.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.OneToOneField(Line, on_delete=models.PROTECT, related_name="api_key")
    key_id = models.CharField(max_length=8)
    value = SealedCharField(aad_label="line_api_key.value", max_length=200)
    set_at = models.DateTimeField()

    objects = SealedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"…{self.key_id[-4:]}"

    @property
    def audit_subject(self) -> Subject:
        """Nobody's data: the line stands for itself."""
        return Subject("line", str(self.line_id))

    @property
    def audit_object(self) -> Subject:
        return Subject("line_api_key", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.line.clinic_id
        return clinic_id
