"""Callbacks' draft: what a person has typed and not saved, kept through a lock, a lost claim or a closed laptop."""

from uuid import UUID

from django.conf import settings
from django.db import models

from audit.scope import Subject
from callbacks.models.callback import Callback
from lib.ids import new_id
from vault.fields import SealedTextField
from vault.rows import SealedQuerySet


class Draft(models.Model):
    """One row is one person's unsaved note on one callback; it goes when the note is saved."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="drafts")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = SealedTextField(aad_label="draft.note", max_length=500)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["callback", "staff"], name="one_draft_a_person_and_callback")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        return self.callback.audit_subject

    @property
    def audit_object(self) -> Subject:
        return Subject("draft", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        return self.callback.audit_clinic_id
