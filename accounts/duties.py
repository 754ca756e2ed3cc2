"""Accounts' duties of the officer, for the overview: what waits to be judged, and what waits too long."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import AccessReview, EmergencyAccess
from audit.providers import Duty
from lib import clock


def list_duties(clinic_ids: Collection[UUID]) -> list[Duty]:
    """Reviews of these clinics: how many wait, how many of them too long."""
    late = Now() - timedelta(days=settings.EMERGENCY_REVIEW_DAYS)
    counts = EmergencyAccess.objects.filter(clinic__in=clinic_ids, verdict="").aggregate(
        waiting=Count("pk"), overdue=Count("pk", filter=Q(opened_at__lte=late))
    )
    overdue = len(set(clinic_ids)) - _reviewed_in_time(clinic_ids)
    return [
        Duty(_("Emergency access"), "emergency-reviews:list", counts["waiting"], counts["overdue"]),
        Duty(_("Access review"), "access-reviews:list", overdue, overdue),
    ]


def _reviewed_in_time(clinic_ids: Collection[UUID]) -> int:
    """How many of these clinics had a review signed so lately that the next is not due."""
    due = clock.now() - timedelta(days=settings.ACCESS_REVIEW_DAYS)
    signed = AccessReview.objects.filter(clinic__in=clinic_ids, signed_at__gt=due)
    return signed.values("clinic").distinct().count()
