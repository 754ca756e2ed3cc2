"""What people do at the desk, through the services, each act in a scope of its own as a request would be."""

from collections.abc import Callable
from datetime import datetime
from inspect import signature
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from accounts.models import Clinic, User
from audit.background import service_scope
from callbacks.models import Callback
from callbacks.scheduling.ladder import Outcome
from callbacks.services.attempts import AttemptDraft, Recorded, record_attempt
from callbacks.services.claiming import claim_callback, claim_next, extend_claim, release_callback
from callbacks.services.dialing import start_dial
from callbacks.services.reviewing import ReviewDecision, finish_review
from tests.policies.callers import promise_call

NEW_YORK = ZoneInfo("America/New_York")


def local(text: str) -> datetime:
    """`2026-11-24 10:00` on the clinic's wall, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def promise_calls(clinic: Clinic, count: int, **asked: Any) -> list[Callback]:
    """Callbacks of different callers, all of the same moment."""
    return [promise_call(clinic, phone=f"+1202555{100 + n:04}", **asked) for n in range(count)]


def claim(callback: Callback, user: User) -> Callback:
    with service_scope("test", route="test"):
        return claim_callback(callback, acting_user=user)


def call_next(clinic: Clinic, user: User) -> Callback | None:
    with service_scope("test", route="test"):
        return claim_next(clinic, acting_user=user)


def beat(callback: Callback, user: User) -> datetime:
    return extend_claim(callback.pk, acting_user=user)


def release(callback: Callback, user: User) -> None:
    with service_scope("test", route="test"):
        release_callback(callback, acting_user=user)


def save(
    callback: Callback,
    user: User,
    outcome: Outcome,
    *,
    version: int | None = None,
    command_id: UUID | None = None,
    **form: Any,
) -> Recorded:
    """Save how a call ended, from a form made for the callback as it is now unless `version` says otherwise."""
    draft = AttemptDraft(
        command_id=command_id or uuid4(),
        version=version or Callback.objects.get(pk=callback.pk).version,
        outcome=outcome,
        **form,
    )
    with service_scope("test", route="test"):
        return record_attempt(callback, draft, acting_user=user)


def review(callback: Callback, user: User, decision: ReviewDecision, *, version: int | None = None) -> Callback:
    current = version or Callback.objects.get(pk=callback.pk).version
    with service_scope("test", route="test"):
        return finish_review(callback, decision, version=current, acting_user=user)


def do(service: Callable[..., Any], callback: Callback, *arguments: Any, by: User, **form: Any) -> Any:
    """Any other service, from a form made for the callback as it is now unless `version` says otherwise."""
    if "version" in signature(service).parameters:
        form.setdefault("version", fresh(callback).version)
    with service_scope("test", route="test"):
        return service(callback, *arguments, acting_user=by, **form)


def fresh(callback: Callback) -> Callback:
    return Callback.objects.get(pk=callback.pk)


def dial(callback: Callback, user: User) -> Callback:
    """Start to dial; the callback afterwards."""
    do(start_dial, callback, by=user)
    return fresh(callback)


def put_away(callback: Callback, **changed: Any) -> Callback:
    """Set columns as if time and others had done it."""
    Callback.objects.filter(pk=callback.pk).update(**changed)
    return fresh(callback)
