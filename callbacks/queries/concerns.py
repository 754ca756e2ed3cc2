"""Callbacks' concern as the page shows it: who raised it, what was said about 911, and the words for clinical eyes."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import CLINICAL_WORK
from audit.events import CONCERN_READ
from callbacks.models import Callback, Concern, EmergencyAnswer
from callbacks.queries.rows import when
from callbacks.queries.words import EMERGENCY_ANSWERS
from vault.reveal import reveal


@dataclass(frozen=True)
class ConcernView:
    """The open concern of a callback. `words` are opened for a clinical role that holds the callback."""

    raised: str
    accepted: str
    emergency: str
    is_refused: bool
    words_hidden: bool
    words: str = field(default="", repr=False)


def concern_view(callback: Callback, *, user: User, is_mine: bool, now: datetime) -> ConcernView | None:
    """The concern nobody has settled yet; None without one. Opening its words is a read of its own kind."""
    concern: Concern | None = (
        callback.concerns.filter(settled_at__isnull=True).select_related("raised_by", "accepted_by").first()
    )
    if concern is None:
        return None
    concern.callback = callback
    may_read = is_mine and held_rights(user).allow(CLINICAL_WORK, clinic_id=callback.clinic_id)
    words = reveal(concern, "words", tag=CONCERN_READ)[0] if may_read else None
    raised = _("%(who)s, %(when)s") % {
        "who": concern.raised_by.display_name,
        "when": when(concern.raised_at, callback, now),
    }
    accepted = ""
    if concern.accepted_by is not None and concern.accepted_at is not None:
        accepted = _("%(who)s, %(when)s") % {
            "who": concern.accepted_by.display_name,
            "when": when(concern.accepted_at, callback, now),
        }
    answer = EmergencyAnswer(concern.emergency_answer)
    return ConcernView(
        raised=raised,
        accepted=accepted,
        emergency=str(EMERGENCY_ANSWERS[answer]),
        is_refused=answer is EmergencyAnswer.REFUSED,
        words_hidden=concern.words is not None and not may_read,
        words=words or "",
    )
