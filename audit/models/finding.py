"""Audit's finding: something is not as it must be, and a person has to look."""

from django.db import models
from django.db.models import Q

from lib.ids import new_id


class Resolution(models.TextChoices):
    """How a finding ended. A closed list: free text could carry a patient's data into this room."""

    MENDED = "mended", "Mended"
    EXPECTED = "expected", "Expected, nothing to mend"
    FALSE_ALARM = "false_alarm", "False alarm"
    # Given by a page of its own, which keeps what was found.
    REVIEWED = "reviewed", "Reviewed"


class Finding(models.Model):
    """One row is one open question of the compliance officer, or an answered one. No patient data.

    The same thing seen again while it is open counts on the same row; seen after it was resolved, it is a new row.
    `clinic_id` is empty for what concerns the whole house. `about_*` is a record's kind and public id. Instants UTC.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    clinic_id = models.UUIDField(null=True)
    about_kind = models.CharField(max_length=20, blank=True)
    about_id = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    resolution = models.CharField(max_length=12, choices=Resolution, blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by_id = models.CharField(max_length=60, blank=True)
    resolved_by_label = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "clinic_id", "about_kind", "about_id"],
                condition=Q(resolved_at__isnull=True),
                nulls_distinct=False,
                name="one_open_finding_a_thing",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution="", resolved_by_id="")
                | Q(resolved_at__isnull=False) & ~Q(resolution=""),
                name="a_resolution_is_whole_or_absent",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic_id", "-last_seen_at"], name="finding_open", condition=Q(resolved_at=None)),
            models.Index(
                fields=["clinic_id", "-resolved_at"], name="finding_resolved", condition=~Q(resolved_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
