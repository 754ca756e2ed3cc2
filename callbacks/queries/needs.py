"""Callbacks' needs as the workspace shows them: the interpreter first, then for whom to ask and whose word counts."""

from dataclasses import dataclass, field

from audit.events import CALLBACK_VIEWED
from callbacks.models import Callback, DeskPolicy
from callbacks.queries.words import RELATIONSHIPS, language_name
from callbacks.requests import Relationship
from callbacks.states import CallbackFlag
from vault.reveal import reveal


@dataclass(frozen=True)
class NeedsView:
    """What a call needs besides a number. `person` is opened for whoever holds the callback, and for nobody else."""

    is_interpreter_required: bool
    language: str
    interpreter_line: str
    is_confidential: bool
    is_for_proxy: bool
    relationship: str
    whom: str
    person: str = field(repr=False)

    @property
    def is_any(self) -> bool:
        return self.is_interpreter_required or self.is_for_proxy


def needs_view(callback: Callback, *, is_mine: bool) -> NeedsView:
    """Open the name of the person to call for the holder; the clinic's interpreter line is read only where needed."""
    person = reveal(callback, "person_to_call", tag=CALLBACK_VIEWED)[0] if is_mine else None
    return NeedsView(
        is_interpreter_required=callback.interpreter_required,
        language=language_name(callback.language) if callback.language else "",
        interpreter_line=_interpreter_line(callback) if callback.interpreter_required else "",
        is_confidential=CallbackFlag.TEEN_CONFIDENTIAL in callback.flags,
        is_for_proxy=callback.is_for_proxy,
        relationship=callback.relationship,
        whom=str(RELATIONSHIPS[Relationship(callback.relationship)]),
        person=person or "",
    )


def _interpreter_line(callback: Callback) -> str:
    found = DeskPolicy.objects.filter(clinic_id=callback.clinic_id).values_list("interpreter_line", flat=True)
    return found.first() or ""
