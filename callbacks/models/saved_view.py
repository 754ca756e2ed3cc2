"""Callbacks' saved view: a look at the queue that somebody wants again."""

from django.conf import settings
from django.db import models

from accounts.models import Clinic
from audit.scope import Subject
from lib.ids import new_id

LABEL_LENGTH = 40


class SavedView(models.Model):
    """One row is one person's name for a tab and a filter of a clinic's queue; a shared one stands for everybody there.

    A tab and a filter are closed words (callbacks.queries): nothing of a caller is kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=LABEL_LENGTH)
    tab = models.CharField(max_length=12)
    filters = models.JSONField(default=dict)
    is_shared = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "owner", "label"], name="a_label_once_a_person")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_object(self) -> Subject:
        return Subject("saved_view", str(self.pk))
