"""Accounts' models: people, clinics, and who works where as what."""

from accounts.models.clinic import Clinic
from accounts.models.membership import Membership, Role
from accounts.models.user import User

__all__ = ["Clinic", "Membership", "Role", "User"]
