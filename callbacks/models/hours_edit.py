"""Callbacks' hours edit: a mark that a clinic's due times must be computed anew."""

from django.db import models

from accounts.models import Clinic


class HoursEdit(models.Model):
    """One row says that a clinic's hours changed at `edited_at` and due times have not followed yet.

    One row a clinic, however often it was edited; the job that follows takes it away unless somebody edited meanwhile.
    """

    clinic = models.OneToOneField(Clinic, primary_key=True, on_delete=models.PROTECT, related_name="hours_edit")
    edited_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.clinic_id)
