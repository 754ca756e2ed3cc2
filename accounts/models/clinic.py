"""Accounts' clinic: one row is one practice; everything a caller leaves belongs to exactly one."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models

from lib.ids import new_id


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Not an IANA time zone such as America/New_York.")


class NamesInQueue(models.TextChoices):
    FULL = "full", "First name"
    INITIAL = "initial", "Initial only"
    NONE = "none", "No name"


class Clinic(models.Model):
    """One row is one clinic. Times of day in its settings are in `time_zone`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    neutral_name = models.CharField(
        max_length=120, help_text="Said on the phone and on voicemail; must not give a specialty away."
    )
    omits_name_on_voicemail = models.BooleanField(
        "leave no name on voicemail",
        default=False,
        # The database fills it in too: processes of the release before this column still make clinics.
        db_default=False,
        help_text="A voicemail then names the clinic and its number only.",
    )
    main_number = models.CharField(max_length=20, blank=True, help_text="E.164; what callers may ring back.")
    time_zone = models.CharField(max_length=60, default="America/New_York", validators=[validate_time_zone])
    region = models.CharField(max_length=2, default="US", help_text="Country of numbers dictated without a prefix.")
    names_in_queue = models.CharField(max_length=8, choices=NamesInQueue.choices, default=NamesInQueue.FULL)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)
