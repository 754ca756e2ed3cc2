"""Callbacks' caller: whose data it is, without saying who."""

from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from lib.ids import new_id


class Caller(models.Model):
    """One row is one caller of one clinic: the same number with another first name is another caller of the household.

    Its id is the audit subject from day one (decision 2). Holds blind indexes only; what can be read is in Callback.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="callers")
    phone_index = models.CharField(max_length=64, blank=True)
    name_index = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Without a number nobody can be recognised: each such call is a caller of its own.
            models.UniqueConstraint(
                fields=["clinic", "phone_index", "name_index"],
                condition=~Q(phone_index=""),
                name="one_caller_a_number_and_name",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_recognisable(self) -> bool:
        """Whether a number tells who it is; without one a repeat call cannot be told from a stranger's."""
        return self.phone_index != ""
