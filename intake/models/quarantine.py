"""Intake's quarantine: what a report brought that it should not have, for the officer; never the thing itself."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.scope import Subject
from intake.models.delivery import Delivery, words_field
from lib.ids import new_id


class Closure(models.TextChoices):
    """Why a quarantine was closed. A closed list: free text could bring back what was kept out."""

    ASSISTANT_CORRECTED = "assistant_corrected", _("The assistant was corrected")
    SAID_UNASKED = "said_unasked", _("The caller said it unasked")
    FALSE_ALARM = "false_alarm", _("False alarm")
    INCIDENT = "incident", _("Handled as an incident")


class Quarantine(models.Model):
    """One row is one report of which something was dropped. The callback does not wait for it (decision 10).

    `keys` are names: allowed keys whose text was removed, unexpected ones from a closed list, all others hashed. `kinds`
    are what the screen saw in the text of allowed keys. Made in the delivery's transaction. Instants UTC.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="quarantine")
    keys = words_field()
    kinds = words_field()
    opened_at = models.DateTimeField()

    closure = models.CharField(max_length=20, choices=Closure, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, closure="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closure=""),
                name="a_closure_is_whole_or_absent",
            )
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="quarantine_open", condition=Q(closed_at=None)),
            models.Index(fields=["-closed_at"], name="quarantine_closed", condition=~Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_object(self) -> Subject:
        return Subject("quarantine", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        return self.delivery.audit_clinic_id
