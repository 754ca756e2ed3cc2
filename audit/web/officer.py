"""Audit's door for officers: whose trail and findings the person behind a request may read."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from audit.providers import Clinic, list_clinics

READ_TRAIL = "audit.read_trail"


def officer_clinics(request: HttpRequest) -> list[Clinic]:
    """Clinics of which this person is the officer, at least one. Raises PermissionDenied for anybody else."""
    clinics = list_clinics(request)
    if not clinics or not request.user.has_perm(READ_TRAIL):
        raise PermissionDenied
    return clinics
