"""Accounts' landing: the page a person starts on, by what they may do."""

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER, READ_TRAIL, VIEW_QUEUE


def home_page(user: User) -> str:
    """URL name of the queue, the trail or administration; of the page that says who can help, without any right."""
    rights = held_rights(user)
    if rights.allow(VIEW_QUEUE):
        return "callbacks:queue"
    if rights.allow(READ_TRAIL):
        return "audit:trail"
    return "admin:index" if rights.allow(ADMINISTER) and user.is_staff else "accounts:no-work"
