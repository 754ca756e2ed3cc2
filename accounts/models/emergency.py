"""Accounts' emergency access: somebody looks at one callback that their work does not show them, for minutes."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models.clinic import Clinic
from audit.scope import Subject
from lib.ids import new_id
from vault.fields import SealedTextField
from vault.rows import SealedQuerySet

TIME_BOX = timedelta(minutes=15)
WORDS_LENGTH = 300


class EmergencyReason(models.TextChoices):
    """Why it cannot wait for whoever has the right."""

    CALLER_AT_RISK = "caller_at_risk", "A caller may come to harm"
    COLLEAGUE_AWAY = "colleague_away", "Whoever holds it is away, and the caller cannot wait"
    DESK_IN_TROUBLE = "desk_in_trouble", "The desk does not work as it must"
    DUTY_TO_INFORM = "duty_to_inform", "The law or the caller asks for it now"


class EmergencyEnd(models.TextChoices):
    """What ended it."""

    PERSON = "person", "Ended by the person"
    TIME = "time", "Time ran out"
    LOCKED = "locked", "Desk locked"
    LEFT = "left", "Session ended"


class Verdict(models.TextChoices):
    """What the officer found."""

    JUSTIFIED = "justified", "Justified"
    NOT_JUSTIFIED = "not_justified", "Not justified"


class EmergencyQuerySet(SealedQuerySet["EmergencyAccess"]):
    def in_force(self) -> "EmergencyQuerySet":
        """Open by the database's clock, each with `time_left`."""
        return self.filter(ended_at=None, ends_at__gt=Now()).annotate(
            time_left=models.ExpressionWrapper(F("ends_at") - Now(), output_field=models.DurationField())
        )


class EmergencyAccess(models.Model):
    """One row is one emergency access of one person to one callback, from `opened_at` until it ended (UTC).

    Instants are the database's: no clock of ours makes it longer, and none is asked whether it is over. `ended_at` is
    written when somebody or something ended it, at the latest by a sweep; the right itself ends with `ends_at`. The
    callback's row is known by its id alone, because its room stands above this one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="emergencies")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="emergencies")
    callback_id = models.UUIDField()
    reason = models.CharField(max_length=20, choices=EmergencyReason)
    words = SealedTextField(aad_label="emergency_access.words", max_length=WORDS_LENGTH)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_cause = models.CharField(max_length=8, choices=EmergencyEnd, blank=True)

    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    verdict_words = SealedTextField(aad_label="emergency_access.verdict_words", max_length=WORDS_LENGTH, null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at__isnull=True), name="one_open_emergency_a_person"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("opened_at"), ends_at__lte=F("opened_at") + timedelta(minutes=15)),
                name="an_emergency_is_short",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_cause="")
                | Q(ended_at__gte=F("opened_at"), ended_at__lte=F("ends_at")) & ~Q(end_cause=""),
                name="an_emergency_ends_in_time_and_says_why",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, ended_at__isnull=False)
                & ~Q(verdict="")
                & ~Q(reviewed_by=F("person")),
                name="a_verdict_is_whole_and_somebody_elses",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "-opened_at"], name="emergency_of_clinic"),
            models.Index(fields=["ends_at"], name="emergency_open", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def audit_subject(self) -> Subject:
        """Whose words these are."""
        return Subject("person", str(self.person_id))

    @property
    def audit_object(self) -> Subject:
        return Subject("emergency", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.clinic_id
        return clinic_id
