"""Callbacks' acts: what this person may do with this callback now, as buttons and dialogs of the workspace."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import CLINICAL_WORK, SUPERVISE_CALLBACKS
from callbacks.models import Callback
from callbacks.states import ClosedReason, Status, is_for_supervisor


@dataclass(frozen=True)
class ActView:
    """One act. With a `dialog` it asks first, otherwise the button does it at once (and it can be undone or repeated).
    `why` is the closed reason a direct button sends.
    """

    name: str
    label: str | Promise
    url: str
    dialog: str = ""
    key: str = ""
    why: str = ""
    is_main: bool = False
    command_id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Standing:
    """Who the person is to the callback at this instant."""

    is_mine: bool
    is_held: bool
    is_supervisor: bool
    is_clinical: bool

    @classmethod
    def of(cls, callback: Callback, user: User, *, holder: User | None) -> "Standing":
        rights = held_rights(user).permissions(clinic_id=callback.clinic_id)
        is_supervisor = SUPERVISE_CALLBACKS in rights
        return cls(
            is_mine=holder == user,
            is_held=holder is not None,
            is_supervisor=is_supervisor,
            is_clinical=is_supervisor or CLINICAL_WORK in rights,
        )


def concern_act(callback: Callback) -> ActView | None:
    """The clinical concern: for everybody, at any time, while there is a callback to pass on."""
    if callback.status not in {Status.OPEN, Status.NEEDS_REVIEW}:
        return None
    return _act(callback, "concern", _("Clinical concern"), dialog="concern", key="e")


def acts_for(callback: Callback, standing: Standing) -> list[ActView]:
    """Every other act the services would take from this person now; they check it all once more."""
    status = Status(callback.status)
    if status is Status.CLOSED:
        return [_act(callback, "reopen", _("Reopen"))] if standing.is_supervisor else []
    found = _clinical_acts(callback, standing) if status is Status.ESCALATED else []
    free_or_mine = standing.is_mine or not standing.is_held
    if status is Status.OPEN and standing.is_mine:
        found.append(_act(callback, "skip", _("Skip"), dialog="skip"))
    if status is Status.OPEN and (standing.is_mine or (standing.is_supervisor and not standing.is_held)):
        found.append(_act(callback, "agree", _("Agreed time"), dialog="agree", key="t"))
        found.append(_act(callback, "snooze", _("Snooze"), dialog="snooze", key="s"))
    if standing.is_mine or standing.is_supervisor:
        found.append(_act(callback, "give", _("Give to a colleague"), dialog="give", key="a"))
    if standing.is_held and not standing.is_mine and standing.is_supervisor:
        found.append(_act(callback, "take-over", _("Take over"), dialog="take-over"))
    if standing.is_mine or (free_or_mine and standing.is_supervisor):
        found.append(_act(callback, "needs", _("Whom to call"), dialog="needs"))
    if free_or_mine and standing.is_supervisor and is_for_supervisor(status, callback.flags):
        found.append(_act(callback, "leave-to-desk", _("Leave to the front desk"), dialog="leave-to-desk"))
    if free_or_mine and standing.is_supervisor:
        found.append(_act(callback, "merge", _("Duplicate of …"), dialog="merge"))
    if status is Status.NEEDS_REVIEW and standing.is_mine:
        found.append(_act(callback, "correct", _("Correct name or number"), dialog="correct"))
    if standing.is_mine and callback.caller.is_recognisable:
        found.append(_act(callback, "rule", _("Contact wishes"), dialog="rule"))
    if free_or_mine:
        if status is not Status.ESCALATED:
            found.append(_act(callback, "close", _("Helped elsewhere"), why=ClosedReason.RESOLVED_ELSEWHERE.value))
        found.append(_act(callback, "close", _("Caller cancelled"), why=ClosedReason.CANCELLED.value))
    return found


def _clinical_acts(callback: Callback, standing: Standing) -> list[ActView]:
    if not standing.is_clinical or (standing.is_held and not standing.is_mine):
        return []
    found = [] if standing.is_mine else [_act(callback, "accept", _("Take it"), key="c", is_main=True)]
    return [
        *found,
        _act(callback, "resolve", _("Resolved"), dialog="resolve", is_main=standing.is_mine),
        _act(callback, "return", _("Return to the front desk"), dialog="return"),
    ]


def _act(
    callback: Callback,
    name: str,
    label: str | Promise,
    *,
    dialog: str = "",
    key: str = "",
    why: str = "",
    is_main: bool = False,
) -> ActView:
    url = reverse(f"callbacks:{name}", args=[callback.pk])
    return ActView(name, label, url, f"callbacks/acts/{dialog}.html" if dialog else "", key, why, is_main)
