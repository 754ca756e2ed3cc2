"""Callbacks' desk policy: what a clinic may choose about how its queue is dealt."""

from django.db import models

from accounts.models import Clinic
from lib.ids import new_id


class DeskPolicy(models.Model):
    """One row is one clinic's choices; a clinic without a row has the defaults."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="desk_policy")
    shares_retries = models.BooleanField(
        "every fourth call is a retry",
        default=False,
        help_text="On a day with more first calls than can be made, retries wait for ever; so they get a share.",
    )
    interpreter_line = models.CharField(
        "interpreter line",
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="The number staff ring first when a call needs an interpreter; empty: there is none.",
    )

    class Meta:
        verbose_name = "desk policy"
        verbose_name_plural = "desk policies"

    def __str__(self) -> str:
        return str(self.pk)
