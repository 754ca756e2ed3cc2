"""Accounts' authentication backend: passwords as Django checks them, rights from memberships in force."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from accounts.rights import held_rights


class MembershipBackend(ModelBackend):
    """`has_perm(permission)` asks "in any clinic?", `has_perm(permission, clinic)` "in this one?".

    Django's own user and group permissions are not consulted: there is one place that says who may do what.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        clinic_id: UUID | None = getattr(obj, "pk", None)
        return held_rights(user_obj).allow(perm, clinic_id=clinic_id)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return held_rights(user_obj).permissions(clinic_id=getattr(obj, "pk", None))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(permission.startswith(f"{app_label}.") for permission in self.get_all_permissions(user_obj))
