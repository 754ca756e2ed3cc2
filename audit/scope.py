"""Audit's scope: who is acting now, for what, and what has been read so far but is not written yet.

A scope is opened by its owners only - the request middleware, the task base class, the command base class - and it
is the precondition of every reveal. It lives in a ContextVar: threads start without one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audit.events import Outcome, Purpose, Tag
from audit.providers import Actor
from lib.errors import Refusal


class NoAuditScopeError(RuntimeError):
    """Patient data was about to be opened where nobody would know: outside a scope, or after it was written."""


class TrailUnwritableError(Refusal):
    """The trail cannot be written, so nothing is shown (rule 1 of the product)."""

    code = "trail_unwritable"
    status = 503
    sentence = "The audit trail cannot be written right now, so nothing is shown. Nothing was lost."


@dataclass(frozen=True)
class Subject:
    """Whose data, or which record: a kind and a public id. Never a name."""

    kind: str
    id: str


@dataclass(frozen=True)
class Origin:
    """Where the request or job came from. `route` is a name, never a path; `session_ref` a keyed digest."""

    request_id: UUID
    route: str = ""
    method: str = ""
    ip: str | None = None
    ip_trusted: bool = True
    session_ref: str = ""
    user_agent_hash: str = ""
    on_behalf_of: str = ""


@dataclass
class PendingEvent:
    """A read or a security event waiting for the flush. Fields seen by the same person in the same record join it."""

    tag: Tag
    actor: Actor
    recorded: datetime
    subject: Subject | None = None
    obj: Subject | None = None
    clinic_id: UUID | None = None
    fields: set[str] = field(default_factory=set)
    outcome: Outcome = Outcome.SUCCESS
    outcome_code: str = ""
    purpose: Purpose | None = None
    rows_count: int | None = None
    details: dict[str, str | int | list[str]] = field(default_factory=dict)
    # Set at the flush, on the first event of a request: what all of them together opened and told.
    opened: int = 0
    audited: int = 0


class Scope:
    """The open record of one request, task or command."""

    def __init__(
        self, *, actor: Callable[[], Actor], origin: Origin, purpose: Purpose, tag: Tag | None = None
    ) -> None:
        self._actor = actor
        self.origin = origin
        self.purpose = purpose
        self.tag = tag
        self.pending: dict[tuple[object, ...], PendingEvent] = {}
        self.changes_recorded = 0
        # Fields opened and fields told to the trail since the last flush; seals add both up (decrypts = audited).
        self.opened_fields = 0
        self.audited_fields = 0
        # Set while the actor has an emergency access open: every event says so.
        self.case_id: UUID | None = None
        self.reason_code = ""
        self.is_closed = False

    @property
    def actor(self) -> Actor:
        """The actor at this moment: a sign-out in the middle of a request does not rewrite what was read before it."""
        return self._actor()

    def act_as(self, actor: Actor) -> None:
        """Name who is acting once a request has proved it by something else than a session: a signed message."""
        self._actor = lambda: actor

    def in_emergency(self, case_id: UUID, *, reason: str) -> None:
        """From here on every event is one of this emergency access, whatever its own purpose was."""
        self.case_id, self.reason_code = case_id, reason

    @property
    def has_recorded(self) -> bool:
        return bool(self.pending) or self.changes_recorded > 0


_current: ContextVar[Scope | None] = ContextVar("audit_scope", default=None)


def current_scope() -> Scope:
    """The open scope. Raises NoAuditScopeError when there is none, or when its record is already written."""
    scope = _current.get()
    if scope is None or scope.is_closed:
        raise NoAuditScopeError("there is no open audit scope here")
    return scope


@contextmanager
def entered(scope: Scope) -> Iterator[Scope]:
    """Make `scope` the current one for the block. Owners flush it themselves, before the block ends."""
    token = _current.set(scope)
    try:
        yield scope
    finally:
        scope.is_closed = True
        _current.reset(token)
