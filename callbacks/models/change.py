"""Callbacks' change: one act on a callback, so that it is done once, can be told, and can be taken back."""

from uuid import UUID

from django.conf import settings
from django.db import models

from audit.scope import Subject
from callbacks.models.callback import Callback, choices
from callbacks.states import Command
from lib.ids import new_id
from vault.fields import SealedTextField
from vault.rows import SealedQuerySet


class Change(models.Model):
    """One row is one act that somebody (or, without `staff`, the system) did to a callback.

    `command_id` is the form's own id: the same form acts once. `version` is the callback's after the act; a form made
    for an earlier one is told what happened since. `word` is the act's closed word (an outcome, a reason), `person`
    whom it concerns besides the actor: who lost the claim, who got the callback. `before` holds what the act replaced,
    for undo: ids, times and closed words, never a sealed value. Rows are not edited, but for `undone_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="changes")
    command_id = models.UUIDField(unique=True)
    command = models.CharField(max_length=32, choices=choices(Command))
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="changes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    version = models.PositiveIntegerField()
    word = models.CharField(max_length=40, blank=True)
    reason = SealedTextField(aad_label="change.reason", max_length=280, null=True)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["callback", "-made_at"], name="change_of_callback"),
            models.Index(fields=["staff", "-made_at"], name="change_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.command} {self.callback_id}"

    @property
    def audit_subject(self) -> Subject:
        return self.callback.audit_subject

    @property
    def audit_object(self) -> Subject:
        return Subject("change", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        return self.callback.audit_clinic_id
