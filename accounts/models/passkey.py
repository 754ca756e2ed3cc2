"""Accounts' passkey: a key in somebody's telephone, computer or security key, of which the house knows the public half."""

from django.conf import settings
from django.db import models

from lib.ids import new_id


class Passkey(models.Model):
    """One row is one WebAuthn credential of one person. Nothing in it is secret: the private half never leaves its device.

    `credential` is the credential's id with its public key, as `fido2` writes them. `sign_count` grows with each use on
    devices that count, so a copied device gives itself away; synced passkeys stay at 0. Removing one deletes the row;
    the trail keeps that it was there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="passkeys")
    name = models.CharField(max_length=60, help_text="What its person calls the device.")
    credential_id = models.BinaryField(max_length=1023, unique=True)
    credential = models.BinaryField(max_length=4096)
    sign_count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return str(self.pk)
