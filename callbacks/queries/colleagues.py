"""Callbacks' colleagues: who may be given a clinic's callbacks."""

from django.db.models import QuerySet

from accounts.models import Clinic, Membership, User
from accounts.roles import WORK_CALLBACKS, roles_with
from lib import clock


def colleagues(clinic: Clinic) -> QuerySet[User]:
    """Who works with this clinic's callers now, by name."""
    working = Membership.objects.active(clock.now()).filter(clinic=clinic, role__in=roles_with(WORK_CALLBACKS))
    return User.objects.filter(pk__in=working.values("user"), is_active=True).order_by("display_name")
