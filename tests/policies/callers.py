"""Callers who were promised a call, for tests that need one and do not care how the voice side told us."""

import re
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Clinic
from audit.background import service_scope
from callbacks.models import Callback
from callbacks.services.opening import CallbackDraft, open_callback
from lib import clock

ASKED: dict[str, Any] = {
    "first_name": "Dana",
    "phone": "+12025550143",
    "phone_is_valid": True,
    "called_from": "+12025550143",
    "preferred_words": "mornings, please",
    "appointment_type": "follow-up",
    "urgency": "routine",
    "preferred_window": "morning",
    "language": "",
    "review_reasons": (),
}


def promise_call(clinic: Clinic, *, received_at: datetime | None = None, **asked: Any) -> Callback:
    """A callback of a caller who rang ten minutes ago (or at `received_at`) and asked for this."""
    draft = CallbackDraft(
        clinic=clinic, received_at=received_at or clock.now() - timedelta(minutes=10), **{**ASKED, **asked}
    )
    with service_scope("worker", route="test"):
        return open_callback(draft).callback


def shows_a_number(text: str) -> bool:
    """Whether text holds a number of the tests' callers, as stored or as people write it; ids may hold a 555 too.

    The clinics' own, which ends on 98 (tests/cast.py), is what anybody may ring.
    """
    return re.search(r"555[-. ]01(?!98)\d\d|\d{3}55501(?!98)\d\d", text) is not None
