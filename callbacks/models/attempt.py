"""Callbacks' attempt: one try to reach the caller, and how it ended."""

from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.scope import Subject
from callbacks.models.callback import Callback, choices
from callbacks.scheduling.ladder import Outcome
from lib.ids import new_id
from vault.fields import SealedTextField
from vault.rows import SealedQuerySet


class AttemptQuerySet(SealedQuerySet["Attempt"]):
    def standing(self) -> "AttemptQuerySet":
        """Attempts that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Attempt(models.Model):
    """One row is one recorded outcome. `command_id` is the form's own id: sending it twice records it once.

    `verified_by` names what was checked (callbacks.scripts.checks), never the values. `started_at` is when dialling began, where that
    is known. A late one came after the claim had ended. Rows are not edited; one that was taken back within its 30
    seconds keeps its number and says so in `undone_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="attempts")
    seq = models.PositiveSmallIntegerField()
    command_id = models.UUIDField(unique=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="attempts")
    outcome = models.CharField(max_length=32, choices=choices(Outcome))
    counts = models.BooleanField(default=True)
    verified_by = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    note = SealedTextField(aad_label="attempt.note", max_length=500, null=True)
    started_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    # As they were when this try was made; outcomes move them on, and metrics ask.
    due_at = models.DateTimeField(null=True)
    agreed_for = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    is_late = models.BooleanField(default=False)
    undone_at = models.DateTimeField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["callback", "seq"], name="attempts_are_numbered")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        return self.callback.audit_subject

    @property
    def audit_object(self) -> Subject:
        return Subject("attempt", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        return self.callback.audit_clinic_id
