"""Callbacks' contact rules: how a caller asked to be called, or not to be (45 CFR 164.522(b); callbacks.md §1)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Clinic
from audit.scope import Subject
from callbacks.models.callback import choices
from callbacks.models.caller import Caller
from callbacks.models.hours import MINUTES_A_DAY, MinuteOfDay
from lib.ids import new_id
from vault.fields import SealedCharField
from vault.rows import SealedQuerySet


class RuleKind(StrEnum):
    DO_NOT_CALL = "do_not_call"
    NO_VOICEMAIL = "no_voicemail"
    NO_SMS = "no_sms"
    ALTERNATIVE_NUMBER = "alt_number"
    ONLY_HOURS = "only_hours"


class RuleSource(StrEnum):
    """Where the wish was said."""

    CALLER = "caller"
    OUTCOME = "outcome"
    CLINIC = "clinic"


class ContactRuleQuerySet(SealedQuerySet["ContactRule"]):
    def in_force(self, at: datetime) -> "ContactRuleQuerySet":
        """Rules that hold at an instant: not lifted, not expired."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), lifted_at__isnull=True)


class ContactRule(models.Model):
    """One row is one wish about one number of one clinic, whoever of the household rings from it.

    `caller` is who asked; `phone_index` what the rule is found by, and `phone_tail` what lists show of a number that was
    typed in the settings: one noted at a callback shows that callback's. `only_from` and `only_to` are minutes of the clinic's
    day, half-open. One rule of a kind stands at a time; a newer wish lifts the older one, which stays to be read.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="contact_rules")
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="contact_rules")
    phone_index = models.CharField(max_length=64)
    phone_tail = SealedCharField(aad_label="contact_rule.phone_tail", max_length=2, null=True)
    kind = models.CharField(max_length=16, choices=choices(RuleKind))
    alt_number = SealedCharField(aad_label="contact_rule.alt_number", max_length=40, null=True)
    only_from = MinuteOfDay(null=True)
    only_to = MinuteOfDay(null=True)
    source = models.CharField(max_length=8, choices=choices(RuleSource))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    objects = ContactRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "phone_index", "kind"],
                condition=Q(lifted_at__isnull=True),
                name="one_standing_rule_a_kind",
            ),
            models.CheckConstraint(condition=~Q(phone_index=""), name="a_rule_is_about_a_number"),
            models.CheckConstraint(
                # A comparison with nothing is not false, and only false breaks a constraint.
                condition=Q(kind="only_hours", only_from__isnull=False, only_to__isnull=False)
                & Q(only_to__lte=MINUTES_A_DAY, only_from__lt=models.F("only_to"))
                | ~Q(kind="only_hours") & Q(only_from__isnull=True, only_to__isnull=True),
                name="only_hours_says_which",
            ),
            models.CheckConstraint(
                condition=Q(kind="alt_number", alt_number__isnull=False)
                | ~Q(kind="alt_number") & Q(alt_number__isnull=True),
                name="an_alternative_number_is_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        return Subject("caller", str(self.caller_id))

    @property
    def audit_object(self) -> Subject:
        return Subject("contact_rule", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.clinic_id
        return clinic_id
