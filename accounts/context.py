"""Accounts' template context: who is here, where, and which doors are open (`desk` in templates)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.current_clinic import current_clinic, open_clinics
from accounts.key_map import FIXED_KEYS, key_rows
from accounts.models import Role, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, CONFIGURE_CLINIC, READ_TRAIL, SUPERVISE_CALLBACKS, VIEW_QUEUE
from accounts.sessions import seconds_to_lock


def desk(request: HttpRequest) -> dict[str, Any]:
    """`desk` for every page; pages before sign-in get only `demo`."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"desk": {"demo": settings.DEMO}}
    rights = held_rights(user)
    here, rows = current_clinic(request), key_rows(user.own_keys)
    return {
        "desk": {
            "demo": settings.DEMO,
            "person": user.display_name,
            "initials": user.initials,
            "role_label": ", ".join(str(Role(role).label) for role in rights.roles),
            "single_keys": user.single_keys,
            "key_rows": rows,
            "own_keys": {row.default: row.shown for row in rows},
            "fixed_keys": FIXED_KEYS,
            "seconds_to_lock": seconds_to_lock(request),
            "clinic": here,
            "clinics": [
                {"id": clinic.pk, "name": clinic.name, "is_current": clinic == here} for clinic in open_clinics(user)
            ],
            "may_work_queue": rights.allow(VIEW_QUEUE),
            "may_supervise": rights.allow(SUPERVISE_CALLBACKS),
            "may_configure": rights.allow(CONFIGURE_CLINIC),
            "may_read_trail": rights.allow(READ_TRAIL),
            "may_run_people": rights.allow(ADMINISTER),
            "may_administer": rights.allow(ADMINISTER) and user.is_staff,
        }
    }
