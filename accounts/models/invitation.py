"""Accounts' invitation: how somebody an administrator made gets a password that only they know."""

from django.conf import settings
from django.db import models

from lib.ids import new_id


class Invitation(models.Model):
    """One row is one code that lets one person choose a password, once, until `expires_at` (ASVS 6.4.1).

    Only the code's keyed digest is kept. A newer invitation of the same person voids this one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, help_text="When it was used, or voided by a newer one.")

    def __str__(self) -> str:
        return str(self.pk)
