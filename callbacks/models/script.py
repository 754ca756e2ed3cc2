"""Callbacks' script: what a clinic says at one step of a call, version by version."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from audit.scope import Subject
from callbacks.models.callback import choices
from callbacks.scripts.steps import MOST_LETTERS, ScriptStep
from lib.ids import new_id


class Script(models.Model):
    """One row is one version of a clinic's text for a step; the newest in force is said. Rows are not edited.

    An empty text stands for our own words (callbacks.scripts.steps), which a step without rows has as well.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="scripts")
    step = models.CharField(max_length=16, choices=choices(ScriptStep))
    version = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=MOST_LETTERS, blank=True)
    in_force_from = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "step", "version"], name="versions_of_a_script_are_numbered"),
            models.CheckConstraint(condition=Q(version__gte=1), name="a_scripts_first_version_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.version}"

    @property
    def audit_object(self) -> Subject:
        return Subject("script", str(self.pk))
