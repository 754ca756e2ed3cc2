"""Callbacks' lines of administration: a row as one person may see it, opened when a page shows it and not before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import cast
from uuid import UUID

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import WORK_CALLBACKS
from audit.events import QUEUE_CALLER_SHOWN, Tag
from callbacks.models import Callback
from callbacks.queries.display_states import with_display_state
from callbacks.queries.rows import QueueRow, queue_row
from callbacks.queries.words import STATES
from callbacks.states import DisplayState
from lib import clock


@dataclass
class Line:
    """One callback for one person at one instant. Reading `row` opens and records; a line nobody renders opens nothing."""

    callback: Callback
    user: User
    now: datetime
    tag: Tag
    state: str

    @cached_property
    def row(self) -> QueueRow:
        return queue_row(self.callback, user=self.user, now=self.now, tag=self.tag)


def as_seen(callbacks: Iterable[Callback], *, user: User, tag: Tag = QUEUE_CALLER_SHOWN) -> list[Callback]:
    """The callbacks with a line each. Rows of a clinic share the clinic, and with it the calendar that is read once; their
    states are the database's, in two queries a clinic.
    """
    now = clock.now()
    clinics = {clinic.pk: clinic for clinic in held_rights(user).clinics_with(WORK_CALLBACKS)}
    seen = list(callbacks)
    states: dict[UUID, str] = {}
    for clinic_id in {callback.clinic_id for callback in seen}:
        rows = Callback.objects.filter(pk__in=[callback.pk for callback in seen])
        shown = with_display_state(rows, clinics[clinic_id], now)
        states |= shown.values_list("pk", "display_state")  # type: ignore[misc]  # the stubs do not follow the annotation
    for callback in seen:
        callback.clinic = clinics[callback.clinic_id]
        state = str(STATES[DisplayState(states[callback.pk])])
        callback._line = Line(callback, user, now, tag, state)  # type: ignore[attr-defined]  # on the request's own object
    return seen


def line_of(callback: Callback) -> Line:
    """The line that `as_seen` put there."""
    return cast(Line, callback._line)  # type: ignore[attr-defined]  # see as_seen
