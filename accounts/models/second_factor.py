"""Accounts' second factor: an authenticator app's sealed secret, and codes for the day the telephone is lost."""

from uuid import UUID

from django.conf import settings
from django.db import models

from audit.scope import Subject
from lib.ids import new_id
from vault.fields import SealedCharField
from vault.rows import SealedQuerySet


class Authenticator(models.Model):
    """One row is one person's authenticator app; it proves nothing until `confirmed_at`, when its first code came.

    `last_step` is the number of the latest 30-second step whose code was taken: no code of that step or an earlier one
    is taken again (RFC 6238 5.2). An administrator's reset deletes the row; the trail keeps that it was there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authenticator")
    secret = SealedCharField(aad_label="authenticator.secret", max_length=64)
    last_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    objects = SealedQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        return Subject("person", str(self.user_id))

    @property
    def audit_object(self) -> Subject:
        return Subject("authenticator", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID | None:
        """A person belongs to no single clinic."""
        return None


class RecoveryCode(models.Model):
    """One row is one code that signs its person in once, in place of the app. Only its keyed digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)
