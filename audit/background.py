"""Audit's scopes away from requests: Celery tasks, the relay and commands act as a named service (decision 26)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from celery import Task

from audit.events import Purpose, Tag
from audit.providers import Actor
from audit.recording import flush
from audit.scope import Origin, Scope, entered


@contextmanager
def service_scope(
    service: str,
    *,
    route: str,
    tag: Tag | None = None,
    purpose: Purpose = Purpose.PATIENT_ADMINISTRATION,
    request_id: UUID | None = None,
    on_behalf_of: str = "",
) -> Iterator[Scope]:
    """A scope for work no request carries: `service` ("worker", "relay", "manage.py drain") is the actor.

    Written when the block ends, also when it raises: what was opened before a failure was still opened. Raises
    TrailUnwritableError when the trail cannot be written; the work's own transaction must still be open then or
    be safe to repeat.
    """
    actor = Actor(kind="service", id=service, label=service, auth_method="process")
    origin = Origin(request_id=request_id or uuid4(), route=route, on_behalf_of=on_behalf_of)
    scope = Scope(actor=lambda: actor, origin=origin, purpose=purpose, tag=tag)
    with entered(scope):
        try:
            yield scope
        except BaseException:
            flush(scope, status=500)
            raise
        flush(scope)


class AuditedTask(Task):  # type: ignore[type-arg]  # celery-types makes Task generic; at run time it is not
    """Base of every task: opens the scope around the call and writes it before the task ends, so before its ack.

    Celery's signals swallow exceptions and are not used for this. The request id of the request that rang rides in
    a header; ids are the only arguments a task takes.
    """

    abstract = True
    service = "worker"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        headers = getattr(self.request, "headers", None) or {}
        rung_by = headers.get("request_id") or self.request.get("request_id")
        with service_scope(self.service, route=self.name, request_id=UUID(rung_by) if rung_by else None):
            run: Callable[..., Any] = self.run
            return run(*args, **kwargs)
