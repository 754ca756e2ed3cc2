"""Accounts' rights: what a person holds now, read once per request from the memberships in force."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Clinic, Membership, User
from accounts.roles import PERMISSIONS
from lib import clock


@dataclass(frozen=True)
class Rights:
    """Memberships in force at one instant."""

    memberships: tuple[Membership, ...]

    def allow(self, permission: str, *, clinic_id: UUID | None = None) -> bool:
        return permission in self.permissions(clinic_id=clinic_id)

    def permissions(self, *, clinic_id: UUID | None = None) -> set[str]:
        return {
            permission
            for membership in self.memberships
            if clinic_id is None or membership.clinic_id == clinic_id
            for permission in PERMISSIONS[membership.role]
        }

    def clinics_with(self, permission: str) -> list[Clinic]:
        """Clinics where the permission is held, by name, each once."""
        found = {m.clinic_id: m.clinic for m in self.memberships if permission in PERMISSIONS[m.role]}
        return sorted(found.values(), key=lambda clinic: clinic.name)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(sorted({membership.role for membership in self.memberships}))


def held_rights(user: User) -> Rights:
    """The person's rights, cached on the object for the request; a new request reads them anew."""
    cached: Rights | None = getattr(user, "_held_rights", None)
    if cached is None:
        rows = user.memberships.active(clock.now()).select_related("clinic")
        cached = Rights(tuple(rows))
        user._held_rights = cached  # type: ignore[attr-defined]  # a request-long cache on the request's own object
    return cached
