"""Callbacks' CRM: where a clinic's callbacks are kept as well, and how far each of them has come there."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Clinic
from audit.scope import Subject
from callbacks.models.callback import Callback
from lib.ids import new_id
from vault.fields import SealedCharField
from vault.rows import SealedQuerySet


class TargetKind(models.TextChoices):
    """What a target speaks; each is one module of callbacks.crm.targets."""

    JSON = "json", "Signed JSON, each change"
    ARTICLE = "article", "JSON with a bearer token, once a call"
    FHIR = "fhir", "FHIR R4 Task"
    SALESFORCE = "salesforce", "Salesforce, by external id"


class CrmTarget(models.Model):
    """One row is one system that keeps a clinic's callbacks as well.

    The default target takes its address and credential from the environment, and belongs to the first clinic (decision
    14). `fields` are what it gets besides id and version; nothing else ever leaves. `paused_code` says why nothing is
    sent until a person resumes it. The breaker (callbacks.crm.breaker) is open until `open_until`. `lane_until` leases
    the whole target to one sender at a time, so that a slow one takes one worker and no more. Of the last comparison,
    `orphan_ids` are objects there that no callback here knows, `repaired_refs` callbacks that stood there otherwise than
    they were written, `missing_refs` those that were gone; both are sent again. UTC.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="crm_targets")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=TargetKind.choices, default=TargetKind.JSON.value)
    is_default = models.BooleanField(default=False)
    address = models.CharField(max_length=300, blank=True, help_text="https:// address of the endpoint or server.")
    credential = SealedCharField(aad_label="crm_target.credential", max_length=2000, null=True)
    signing_secret = SealedCharField(aad_label="crm_target.signing_secret", max_length=200, null=True)
    recipient_key = models.TextField(
        max_length=4000,
        blank=True,
        help_text="Public key of the receiver (PEM or JWK); bodies are then encrypted to it.",
    )
    fields = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    sends_attempts = models.BooleanField(
        default=False, db_default=False, help_text="Each attempt too, as an object of its own (FHIR: a Communication)."
    )
    is_enabled = models.BooleanField(default=True)

    paused_code = models.CharField(max_length=40, blank=True)
    paused_at = models.DateTimeField(null=True)
    failures_in_row = models.PositiveSmallIntegerField(default=0)
    recent_tries = models.CharField(max_length=20, blank=True)
    open_until = models.DateTimeField(null=True)
    open_seconds = models.PositiveSmallIntegerField(default=0)
    lane_until = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_code = models.CharField(max_length=40, blank=True)
    is_check_wanted = models.BooleanField(default=False)
    # Null for targets that cannot be read; else how far their changes were followed.
    polled_until = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    is_reconcile_wanted = models.BooleanField(default=False)
    orphan_ids = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    repaired_refs = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    missing_refs = ArrayField(models.CharField(max_length=24), default=list, db_default=[], blank=True)

    objects = SealedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_target"),
            models.CheckConstraint(
                condition=Q(paused_code="", paused_at=None) | ~Q(paused_code="") & Q(paused_at__isnull=False),
                name="a_pause_is_whole_or_absent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_subject(self) -> Subject:
        """Nobody's data: the target stands for itself."""
        return self.audit_object

    @property
    def audit_object(self) -> Subject:
        return Subject("crm_target", str(self.pk))

    @property
    def audit_clinic_id(self) -> UUID:
        clinic_id: UUID = self.clinic_id
        return clinic_id


class SyncStatus(models.TextChoices):
    """How far a callback has come at a target."""

    PENDING = "pending"
    SYNCED = "synced"
    # The target refused it, or a day went by: a person must look. Never deleted.
    DEAD = "dead"
    # A person said that this one needs no more sending; the next change makes it pending again.
    IGNORED = "ignored"


class IgnoreReason(models.TextChoices):
    """Why a person let a callback be that the target refuses."""

    BY_HAND = "by_hand", "Entered there by hand"
    NOT_WANTED = "not_wanted", "Not wanted there"
    GONE = "gone", "Deleted there on purpose"


class SyncState(models.Model):
    """One row is one callback at one target: what it should hold there, and what it does hold as far as we know.

    `wanted_version` counts the callback's changes and grows in the transaction of each (callbacks.crm.wanting);
    `synced_version` is the last one the target took. Claimed with SKIP LOCKED and a lease that `lease_token` fences:
    whoever lost it writes nothing. `may_exist` is set, durably, before the first request that could create: from then
    on an unknown `remote_id` is searched before anything is created. `sent_marks` are digests of what was taken last,
    by field, `attempts_told` the number of the last attempt told; `unsent_fields` the names of what differed at the last failure. `failing_since` starts the day after
    which it is dead. Codes are of closed lists; no answer's text is kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="sync_states")
    target = models.ForeignKey(CrmTarget, on_delete=models.PROTECT, related_name="sync_states")
    status = models.CharField(max_length=8, choices=SyncStatus.choices, default=SyncStatus.PENDING.value)
    wanted_version = models.PositiveIntegerField(default=1)
    synced_version = models.PositiveIntegerField(default=0)
    wanted_since = models.DateTimeField()
    synced_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_error_code = models.CharField(max_length=40, blank=True)
    may_exist = models.BooleanField(default=False)
    remote_id = models.CharField(max_length=200, blank=True)
    remote_version = models.CharField(max_length=200, blank=True)
    # What the other side ended by itself while somebody here was working on it; a banner says so.
    remote_ended_as = models.CharField(max_length=12, blank=True)
    sent_marks = models.JSONField(default=dict, blank=True)
    attempts_told = models.PositiveSmallIntegerField(default=0, db_default=0)
    unsent_fields = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    ignore_reason = models.CharField(max_length=12, choices=IgnoreReason.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["callback", "target"], name="one_state_a_callback_and_target"),
            models.CheckConstraint(
                condition=Q(lease_until=None, lease_token=None)
                | Q(lease_until__isnull=False, lease_token__isnull=False),
                name="a_sync_lease_is_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(synced_version__lte=F("wanted_version")), name="nothing_is_synced_before_it_is_wanted"
            ),
        ]
        indexes = [
            models.Index(fields=["target", "next_at"], name="sync_pending", condition=Q(status="pending")),
            models.Index(fields=["target", "wanted_since"], name="sync_dead", condition=Q(status="dead")),
            models.Index(fields=["target", "remote_id"], name="sync_remote", condition=~Q(remote_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.callback_id} {self.status}"
