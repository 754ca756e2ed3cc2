"""Callbacks' callback: the promise to one caller, from the call that made it to its end."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Clinic
from audit.scope import Subject
from callbacks.models.caller import Caller
from callbacks.requests import AppointmentType, PreferredWindow, Relationship, Urgency
from callbacks.states import ClosedReason, Status, WaitReason
from lib.ids import new_id
from vault.fields import SealedCharField, SealedTextField
from vault.rows import SealedQuerySet


def choices(names: type) -> list[tuple[str, str]]:
    """Django choices of a plain StrEnum of the pure modules."""
    return [(name.value, name.value.replace("_", " ")) for name in names]  # type: ignore[attr-defined]


class Callback(models.Model):
    """One row is one promised call. Stored states are four (status); everything else is computed.

    Instants are UTC. `promised_by` is call end + 24 h elapsed and never changes; `due_at` is the last workable moment
    before it and follows the clinic's hours. A claim is `claimed_by`, `claim_token` and `lease_expires_at` together:
    expired means free; `dial_started_at` belongs to it. A reservation is `preferred_agent` and `reserved_until`: until
    then it is dealt to nobody else. `version` counts changes; a form made for an older version is refused.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Filled by a sequence; people read CB-1042.
    number = models.BigIntegerField(
        unique=True, db_default=models.Func(models.Value("callback_number"), function="nextval")
    )
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="callbacks")
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="callbacks")

    first_name = SealedCharField(aad_label="callback.first_name", max_length=60, null=True)
    phone = SealedCharField(aad_label="callback.phone", max_length=40, null=True)
    phone_tail = SealedCharField(aad_label="callback.phone_tail", max_length=2, null=True)
    called_from = SealedCharField(aad_label="callback.called_from", max_length=40, null=True)
    preferred_words = SealedTextField(aad_label="callback.preferred_words", max_length=200, null=True)
    # Somebody else whom staff are to ask for; whose word counts for the caller is checked in the call.
    person_to_call = SealedCharField(aad_label="callback.person_to_call", max_length=60, null=True)

    # Defaults and conditions are plain values: a migration must not need the words of a later day.
    status = models.CharField(max_length=16, choices=choices(Status), default=Status.OPEN.value)
    closed_reason = models.CharField(max_length=32, choices=choices(ClosedReason), blank=True)
    appointment_type = models.CharField(
        max_length=20, choices=choices(AppointmentType), default=AppointmentType.UNSPECIFIED.value
    )
    preferred_window = models.CharField(
        max_length=12, choices=choices(PreferredWindow), default=PreferredWindow.ANY.value
    )
    language = models.CharField(max_length=20, blank=True)
    relationship = models.CharField(
        max_length=12,
        choices=choices(Relationship),
        default=Relationship.SELF.value,
        db_default=Relationship.SELF.value,
    )
    interpreter_required = models.BooleanField(default=False, db_default=False)
    urgency = models.CharField(max_length=8, choices=choices(Urgency), default=Urgency.ROUTINE.value)
    phone_is_valid = models.BooleanField(default=True)
    called_from_differs = models.BooleanField(default=False)
    # Where the number may be ringing, as far as its prefix tells; kept so that clocks never open the number.
    zone_names = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    repeat_count = models.PositiveSmallIntegerField(default=1)
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    review_reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    received_at = models.DateTimeField()
    promised_by = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    target_from = models.DateTimeField(null=True)
    target_to = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    wait_reason = models.CharField(max_length=8, choices=choices(WaitReason), default=WaitReason.NONE.value)

    attempts_count = models.PositiveSmallIntegerField(default=0)
    voicemails_count = models.PositiveSmallIntegerField(default=0)
    last_outcome = models.CharField(max_length=32, blank=True)
    last_attempt_at = models.DateTimeField(null=True)
    last_attempt_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    first_attempt_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="claimed_callbacks"
    )
    claim_token = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    dial_started_at = models.DateTimeField(null=True)
    preferred_agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reserved_callbacks"
    )
    reserved_until = models.DateTimeField(null=True)
    # Since the last attempt; the skipped ones come last within their group.
    skips_count = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    # The caller's earlier callback, closed shortly before this one; and where a duplicate went.
    again_after = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")

    # Order of the queue, stored so that it can be paged (decision 18); recomputed by services and a sweep.
    priority_group = models.PositiveSmallIntegerField(default=6)
    is_in_window = models.BooleanField(default=True)
    regroup_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["caller"], condition=~Q(status=Status.CLOSED.value), name="one_open_callback_a_caller"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.CLOSED.value, closed_at__isnull=False) & ~Q(closed_reason="")
                | ~Q(status=Status.CLOSED.value) & Q(closed_at__isnull=True, closed_reason=""),
                name="closed_has_a_reason_and_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(
                    claimed_by__isnull=True,
                    claim_token__isnull=True,
                    claimed_at__isnull=True,
                    lease_expires_at__isnull=True,
                )
                | Q(
                    claimed_by__isnull=False,
                    claim_token__isnull=False,
                    claimed_at__isnull=False,
                    lease_expires_at__isnull=False,
                ),
                name="a_claim_is_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(dial_started_at__isnull=True) | Q(claimed_by__isnull=False),
                name="only_a_holder_dials",
            ),
            models.CheckConstraint(
                condition=Q(preferred_agent__isnull=True, reserved_until__isnull=True)
                | Q(preferred_agent__isnull=False, reserved_until__isnull=False),
                name="a_reservation_is_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | Q(status=Status.CLOSED.value, closed_reason="duplicate_merged"),
                name="only_a_duplicate_is_merged",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False)
                | Q(flags__contains=["no_callable_time"])
                | Q(status=Status.CLOSED.value),
                name="open_has_a_due_time_or_says_why_not",
            ),
            models.CheckConstraint(condition=Q(promised_by__gt=F("received_at")), name="promise_follows_the_call"),
            models.CheckConstraint(
                condition=Q(person_to_call__isnull=True) | ~Q(relationship=Relationship.SELF.value),
                name="another_person_is_related",
            ),
        ]
        indexes = [
            models.Index(
                "clinic", "priority_group", F("is_in_window").desc(), "skips_count", F("due_at").asc(nulls_last=True), "received_at", "id",
                name="callback_queue_order",
                condition=~Q(status=Status.CLOSED.value),
            ),
            # The counts of the queue's head and tabs, and who waits until a time: none of them reads the whole queue.
            models.Index(
                "clinic", "priority_group", F("is_in_window").desc(), "skips_count", F("due_at").asc(nulls_last=True), "received_at", "id", "not_before",
                name="callback_waiting_order",
                condition=~Q(status=Status.CLOSED.value) & Q(not_before__isnull=False),
            ),
            models.Index("clinic", "status", name="callback_apart", condition=Q(status__in=[Status.NEEDS_REVIEW.value, Status.ESCALATED.value])),
            models.Index("clinic", "due_at", name="callback_untried", condition=~Q(status=Status.CLOSED.value) & Q(attempts_count=0)),
            models.Index("clinic", name="callback_unkeepable", condition=~Q(status=Status.CLOSED.value) & Q(attempts_count=0, flags__contains=["promise_unkeepable"])),
            models.Index("clinic", F("closed_at").desc(), "id", name="callback_closed_order", condition=Q(status=Status.CLOSED.value)),
            models.Index("clinic", F("updated_at").desc(), name="callback_changed"),
            models.Index("clinic", "zone_names", name="callback_zones", condition=~Q(status=Status.CLOSED.value)),
            models.Index("regroup_at", name="callback_regroup", condition=~Q(status=Status.CLOSED.value)),
            models.Index("claimed_by", name="callback_claims", condition=Q(claimed_by__isnull=False)),
            models.Index("preferred_agent", name="callback_reservations", condition=Q(preferred_agent__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How people speak of it; no patient data."""
        return f"CB-{self.number}"

    @property
    def is_called_from_known(self) -> bool:
        return self.called_from is not None

    @property
    def is_for_proxy(self) -> bool:
        """Whether staff are to speak with somebody other than the caller."""
        return self.relationship != Relationship.SELF

    @property
    def recipient_zones(self) -> tuple[ZoneInfo, ...]:
        return tuple(ZoneInfo(name) for name in self.zone_names)

    @property
    def audit_subject(self) -> Subject:
        return Subject("caller", str(self.caller_id))

    @property
    def audit_object(self) -> Subject:
        return Subject("callback", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.clinic_id
        return clinic_id
