"""Intake's delivery: one verified message of a line that carries a caller's request."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.scope import Subject
from callbacks.models import Callback
from intake.models.line import Line
from lib.ids import new_id
from vault.fields import SealedCharField, SealedTextField
from vault.rows import SealedQuerySet


class Source(models.TextChoices):
    """How a report came to be here."""

    SENT = "sent", "Sent by the voice side, signed"
    FETCHED = "fetched", "Fetched from the voice side, because it never came"


def words_field() -> "ArrayField[list[str], list[str]]":
    """A list of words of a closed vocabulary."""
    return ArrayField(models.CharField(max_length=60), default=list, blank=True)


class Delivery(models.Model):
    """One row is one report of a call, reduced to the allow-list; the body is never stored.

    `identity` makes it unique on its line (decision 7). `key_id` names the secret that matched, so that an old one
    can be seen to fall silent; of a fetched one, the key it was fetched with. `promise_base` (UTC) is where the 24
    hours start: call end, clamped to the day before delivery (decision 12). `content_marks` tell which sealed
    values two reports of one call share, without opening any: `<field>:<keyed digest>`, of another key for every
    call. `mismatches` names what it said of its line that the line does not.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="deliveries")
    callback = models.ForeignKey(Callback, null=True, on_delete=models.PROTECT, related_name="deliveries")
    identity = models.CharField(max_length=300)
    source = models.CharField(
        max_length=8, choices=Source.choices, default=Source.SENT.value, db_default=Source.SENT.value
    )
    is_digest_based = models.BooleanField(default=False)
    message_type = models.CharField(max_length=60)
    call_id = models.CharField(max_length=128, blank=True)
    assistant_id = models.CharField(max_length=128, blank=True, db_default="")
    provider_call_sid = models.CharField(max_length=128, blank=True)
    scheme = models.CharField(max_length=40)
    key_id = models.CharField(max_length=8)
    received_at = models.DateTimeField()

    first_name = SealedCharField(aad_label="delivery.first_name", max_length=60, null=True)
    phone = SealedCharField(aad_label="delivery.phone", max_length=40, null=True)
    called_from = SealedCharField(aad_label="delivery.called_from", max_length=40, null=True)
    preferred_words = SealedTextField(aad_label="delivery.preferred_words", max_length=200, null=True)
    phone_is_valid = models.BooleanField(default=False)
    appointment_type = models.CharField(max_length=20)
    urgency = models.CharField(max_length=8)
    preferred_window = models.CharField(max_length=12)
    language = models.CharField(max_length=20, blank=True)

    call_started_at = models.DateTimeField(null=True)
    call_ended_at = models.DateTimeField(null=True)
    promise_base = models.DateTimeField()
    duration_seconds = models.PositiveIntegerField(null=True)
    ended_reason_group = models.CharField(max_length=20)
    collected = words_field()
    dropped_keys = words_field()
    defects = words_field()
    unsafe_evidence = words_field()
    mismatches = words_field()
    content_marks = words_field()

    objects = SealedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "identity"], name="one_delivery_an_identity")]
        indexes = [models.Index(fields=["call_id"], name="delivery_call", condition=~models.Q(call_id=""))]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        """Before a callback exists nobody knows whose data this is: the delivery stands for the caller (decision 2)."""
        return Subject("delivery", str(self.pk))

    @property
    def audit_object(self) -> Subject:
        return Subject("delivery", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.line.clinic_id
        return clinic_id
