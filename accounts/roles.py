"""Accounts' roles: each maps to Django permission strings, which is all that pages ask for."""

from accounts.models import Role

VIEW_QUEUE = "callbacks.view_queue"
WORK_CALLBACKS = "callbacks.work_callbacks"
# Takes over, assigns, reopens, decides for others.
SUPERVISE_CALLBACKS = "callbacks.supervise_callbacks"
# Opening hours, closed days, what follows an outcome: no caller in them.
CONFIGURE_CLINIC = "callbacks.configure_clinic"
# Reads what a caller said of their health.
CLINICAL_WORK = "callbacks.clinical_work"
READ_TRAIL = "audit.read_trail"
ADMINISTER = "accounts.administer"
# Opens one callback of their clinic in an emergency: everybody there may, with a reason, and nobody unseen.
BREAK_GLASS = "accounts.break_glass"

# Django admin asks for these names; nothing may be deleted there, because the trail points at it.
ADMIN_PAGES = frozenset(
    f"{room}.{action}_{model}"
    for room, model in (
        ("accounts", "user"),
        ("accounts", "clinic"),
        ("accounts", "membership"),
        ("callbacks", "deskpolicy"),
        ("callbacks", "ladderstep"),
        ("callbacks", "oncall"),
        ("callbacks", "crmtarget"),
        ("intake", "line"),
    )
    for action in ("view", "add", "change")
)

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.AGENT: frozenset({VIEW_QUEUE, WORK_CALLBACKS, BREAK_GLASS}),
    Role.NURSE: frozenset({VIEW_QUEUE, WORK_CALLBACKS, CLINICAL_WORK, BREAK_GLASS}),
    # Settles a clinical concern too, without its words: least data.
    Role.SUPERVISOR: frozenset({VIEW_QUEUE, WORK_CALLBACKS, SUPERVISE_CALLBACKS, CONFIGURE_CLINIC, BREAK_GLASS}),
    # Reads who saw what; sees no caller's data.
    Role.OFFICER: frozenset({READ_TRAIL, BREAK_GLASS}),
    # Runs clinics, people and lines; sees no caller's data (decision 20).
    Role.ADMINISTRATOR: frozenset({ADMINISTER, CONFIGURE_CLINIC, BREAK_GLASS} | ADMIN_PAGES),
}


def roles_with(permission: str) -> list[str]:
    """Roles that hold a permission."""
    return [role for role, held in PERMISSIONS.items() if permission in held]
