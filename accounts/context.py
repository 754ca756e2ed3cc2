"""Accounts' template context: who is here, where, and which doors are open (`desk` in templates)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.current_clinic import current_clinic, open_clinics
from accounts.emergency import standing_emergency
from accounts.key_map import FIXED_KEYS, key_rows
from accounts.models import Role, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, BREAK_GLASS, CONFIGURE_CLINIC, READ_TRAIL, SUPERVISE_CALLBACKS, VIEW_QUEUE
from accounts.sessions import seconds_to_lock
from audit.providers import label_records


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
            "tour_now": not user.has_seen_tour,
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
            "may_break_glass": rights.allow(BREAK_GLASS),
            "emergency": _emergency(request),
            "may_administer": rights.allow(ADMINISTER) and user.is_staff,
        }
    }


def _emergency(request: HttpRequest) -> dict[str, Any] | None:
    """What the banner says while an emergency access is open: which callback, and the seconds and minutes left."""
    box = standing_emergency(request)
    if box is None:
        return None
    left: timedelta = box.time_left  # type: ignore[attr-defined]  # what the database counted when it was asked
    seconds = max(0, int(left.total_seconds()))
    ref = label_records({str(box.callback_id)}).get(str(box.callback_id), "")
    return {"id": box.pk, "ref": ref, "seconds_left": seconds, "minutes_left": seconds // 60 + 1}
