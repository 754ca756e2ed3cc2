"""Accounts' models: people, clinics, who works where as what, and how people prove who they are."""

from accounts.models.access_review import AccessReview, AccessReviewLine, LineDecision
from accounts.models.brake import Brake, BrakeKind
from accounts.models.clinic import Clinic
from accounts.models.emergency import EmergencyAccess, EmergencyEnd, EmergencyReason, Verdict
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership, Role
from accounts.models.passkey import Passkey
from accounts.models.second_factor import Authenticator, RecoveryCode
from accounts.models.user import User

__all__ = [
    "AccessReview",
    "AccessReviewLine",
    "Authenticator",
    "Brake",
    "BrakeKind",
    "Clinic",
    "EmergencyAccess",
    "EmergencyEnd",
    "EmergencyReason",
    "Invitation",
    "LineDecision",
    "Membership",
    "Passkey",
    "RecoveryCode",
    "Role",
    "User",
    "Verdict",
]
