"""Callbacks' downtime sheet: that somebody took callers' numbers out of the house on paper, and why."""

from uuid import UUID

from django.conf import settings
from django.db import models

from accounts.models import Clinic
from audit.scope import Subject
from lib.ids import new_id
from vault.fields import SealedTextField
from vault.rows import SealedQuerySet


class DowntimeSheet(models.Model):
    """One row is one sheet that a supervisor printed for a clinic; what stood on it is on the trail, caller by caller."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="downtime_sheets")
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()
    reason = SealedTextField(aad_label="downtime_sheet.reason", max_length=280)
    rows_count = models.PositiveSmallIntegerField()

    objects = SealedQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        return self.audit_object

    @property
    def audit_object(self) -> Subject:
        return Subject("downtime_sheet", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.clinic_id
        return clinic_id
