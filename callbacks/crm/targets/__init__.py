"""Callbacks' CRM targets: what each kind of system must be able to do, and the one module that does it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from callbacks.crm.mapping import Snapshot
from callbacks.crm.wire import Wire
from callbacks.models import TargetKind

# How many changed objects one look brings.
PAGE = 100


@dataclass(frozen=True)
class Remote:
    """The target's own object of a callback: its id there, and the version its server counts ("" where it counts none).

    `ended_as` says that it is over there: `completed`, `cancelled` or "". `content` is what was read, for merging; it
    is never kept.
    """

    id: str
    version: str = ""
    callback_id: UUID | None = None
    ended_as: str = ""
    changed_at: datetime | None = None
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class AttemptTold:
    """One try to reach the caller as a target may know it: how it ended and when, and nobody's name or word."""

    id: UUID
    outcome: str
    recorded_at: datetime


class Target(Protocol):
    """One kind of system. Every method asks over the wire and raises SendError (callbacks.crm.answers), nothing else.

    `follows_changes` False: it is told once, when the callback opens. `reads_back` False: it can neither be searched nor
    polled; then an idempotency key is all that stands against a second object.
    """

    follows_changes: bool
    reads_back: bool

    def check(self, wire: Wire) -> None:
        """Ask whether this could work at all, without any caller's data."""
        ...

    def find(self, wire: Wire, callback_id: UUID) -> Remote | None:
        """The object that carries this callback's id, read now; None where there is none, or nothing can be searched."""
        ...

    def put(self, wire: Wire, snapshot: Snapshot, remote: Remote | None) -> Remote:
        """Make the object (without `remote`) or bring it to this snapshot. Twice the same is as good as once."""
        ...

    def changes(self, wire: Wire, since: datetime) -> Iterable[Remote]:
        """Objects of ours that changed there since an instant, oldest first; PAGE of them at most."""
        ...


@runtime_checkable
class AttemptsTarget(Protocol):
    """What a kind that keeps a callback's attempts as objects of their own can do besides."""

    def check_attempts(self, wire: Wire) -> None:
        """Ask whether that could work, without any caller's data."""
        ...

    def put_attempt(self, wire: Wire, told: AttemptTold, remote: Remote) -> None:
        """Make the object of an attempt, unless it is there. Twice the same is as good as once."""
        ...


# A target is one module here, its line below, its word in TargetKind, and its tests.
_MODULES = MappingProxyType(
    {
        TargetKind.JSON: "callbacks.crm.targets.signed_json",
        TargetKind.ARTICLE: "callbacks.crm.targets.article",
        TargetKind.FHIR: "callbacks.crm.targets.fhir",
        TargetKind.SALESFORCE: "callbacks.crm.targets.salesforce",
    }
)


def target_for(kind: str) -> Target:
    """What speaks to targets of this kind."""
    found: Target = import_module(_MODULES[TargetKind(kind)]).TARGET
    return found


def attempts_target_for(kind: str) -> AttemptsTarget | None:
    """What tells targets of this kind each attempt; None for kinds that keep none."""
    speaks = target_for(kind)
    return speaks if isinstance(speaks, AttemptsTarget) else None
