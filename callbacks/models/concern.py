"""Callbacks' concern: something clinical that the front desk passed on to the nurse."""

from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.scope import Subject
from callbacks.models.callback import Callback, choices
from lib.ids import new_id
from vault.fields import SealedTextField
from vault.rows import SealedQuerySet


class EmergencyAnswer(StrEnum):
    """What the caller said to "please hang up and dial 911 now; can you confirm you will?" (callbacks.md §1)."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    COULD_NOT_ASK = "could_not_ask"
    NOT_ASKED = "not_asked"


class Concern(models.Model):
    """One row is one time a callback went to the clinical team, by the button or because nobody was reached.

    `words` are the caller's own, for clinical roles only. `due_before` is the callback's due time from before, given
    back when the clinical team returns it. Settled is resolved, returned or closed; one is open at a time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="concerns")
    emergency_answer = models.CharField(max_length=16, choices=choices(EmergencyAnswer))
    words = SealedTextField(aad_label="concern.words", max_length=280, null=True)
    due_before = models.DateTimeField(null=True)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="accepted_concerns"
    )
    accepted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["callback"], condition=Q(settled_at__isnull=True), name="one_open_concern_a_callback"
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="accepted_by_somebody_at_an_instant",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        return self.callback.audit_subject

    @property
    def audit_object(self) -> Subject:
        return Subject("concern", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        return self.callback.audit_clinic_id
