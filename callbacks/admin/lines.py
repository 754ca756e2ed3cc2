"""Callbacks' lines of administration: a row as one person may see it, opened when a page shows it and not before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import cast

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import WORK_CALLBACKS
from audit.events import QUEUE_CALLER_SHOWN, Tag
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback
from callbacks.queries.rows import QueueRow, queue_row
from callbacks.queries.words import STATES
from callbacks.scheduling.hours import is_callable
from callbacks.states import Status, display_state
from lib import clock


@dataclass
class Line:
    """One callback for one person at one instant. Reading `row` opens and records; a line nobody renders opens nothing."""

    callback: Callback
    user: User
    now: datetime
    tag: Tag

    @cached_property
    def row(self) -> QueueRow:
        return queue_row(self.callback, user=self.user, now=self.now, tag=self.tag)

    @property
    def state(self) -> str:
        callback = self.callback
        found = display_state(
            status=Status(callback.status),
            now=self.now,
            lease_expires_at=callback.lease_expires_at,
            not_before=callback.not_before,
            is_callable_now=is_callable(clinic_calendar(callback.clinic), self.now, callback.recipient_zones),
        )
        return str(STATES[found])


def as_seen(callbacks: Iterable[Callback], *, user: User, tag: Tag = QUEUE_CALLER_SHOWN) -> list[Callback]:
    """The callbacks with a line each. Rows of a clinic share the clinic, and with it the calendar that is read once."""
    now = clock.now()
    clinics = {clinic.pk: clinic for clinic in held_rights(user).clinics_with(WORK_CALLBACKS)}
    seen = list(callbacks)
    for callback in seen:
        callback.clinic = clinics[callback.clinic_id]
        callback._line = Line(callback, user, now, tag)  # type: ignore[attr-defined]  # on the request's own object
    return seen


def line_of(callback: Callback) -> Line:
    """The line that `as_seen` put there."""
    return cast(Line, callback._line)  # type: ignore[attr-defined]  # see as_seen
