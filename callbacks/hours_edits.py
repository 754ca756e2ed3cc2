"""Callbacks' ear for edited hours: whoever edits them, and wherever, due times follow (callbacks.md §2.3)."""

from typing import Any
from uuid import UUID

from django.db.models.signals import post_delete, post_save

from accounts.models import Clinic
from callbacks.models import ClinicPeriod, Closure, HoursEdit, SpecialDay
from lib import clock

HOURS = (ClinicPeriod, Closure, SpecialDay)


def connect_hours() -> None:
    """Called once, from the application's `ready()`."""
    for model in HOURS:
        for signal in (post_save, post_delete):
            signal.connect(_hours_edited, sender=model, dispatch_uid=f"callbacks.hours.{model.__name__}")
    # Its time zone is part of its hours.
    post_save.connect(_clinic_saved, sender=Clinic, dispatch_uid="callbacks.hours.Clinic")


def mark_hours_edited(clinic_id: UUID) -> None:
    """Note that due times must follow. For what no signal tells: bulk_create, and QuerySet.update."""
    HoursEdit.objects.update_or_create(clinic_id=clinic_id, defaults={"edited_at": clock.now()})


def _hours_edited(instance: ClinicPeriod | Closure | SpecialDay, **kwargs: Any) -> None:
    # A clinic that is deleted takes its hours with it; nothing follows then.
    if not isinstance(kwargs.get("origin"), Clinic):
        mark_hours_edited(instance.clinic_id)


def _clinic_saved(instance: Clinic, created: bool, raw: bool, **kwargs: Any) -> None:
    del kwargs
    if not created and not raw:
        mark_hours_edited(instance.pk)
