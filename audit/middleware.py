"""Audit's middleware, the outermost: opens the scope of a request and writes the trail before any byte leaves."""

import hashlib
import ipaddress
import json
from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control

from audit.events import ACCESS_DENIED, ACTION_TRIED, Outcome, Purpose
from audit.policy import Audited, NotAudited, decision_of
from audit.providers import describe_person
from audit.recording import flush, record_event
from audit.scope import Origin, Scope, Subject, TrailUnwritableError, entered
from lib.digests import keyed_digest

RETRY_AFTER_SECONDS = "5"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class UndecidedViewError(RuntimeError):
    """A URL carries neither @audited nor @not_audited; it answers nobody until someone decides."""


class AuditMiddleware:
    """Opens a scope, refuses undecided views, and turns an unwritable trail into a 503 without patient data."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = Origin(
            request_id=uuid4(),
            method=request.method or "",
            ip=client_address(request),
            user_agent_hash=hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()[:16],
        )
        scope = Scope(actor=lambda: describe_person(request), origin=origin, purpose=Purpose.PATIENT_ADMINISTRATION)
        request.audit_scope = scope  # type: ignore[attr-defined]  # read by views that answer for the voice side
        with entered(scope):
            response = self.get_response(request)
            try:
                self._settle(request, response, scope)
            except TrailUnwritableError as refusal:
                response = _unavailable(request, refusal)
        response["X-Request-ID"] = str(origin.request_id)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> None:
        del args, kwargs
        note_view(request, view)

    def _settle(self, request: HttpRequest, response: HttpResponse, scope: Scope) -> None:
        match = request.resolver_match
        if match is None:
            # Static files and unknown paths: nothing was decided because nothing was reached.
            return
        if not _record_refusal(request, response, scope) and not isinstance(decision_of(match.func), NotAudited):
            _record_visit(request, response, scope)
        flush(scope, status=response.status_code)
        # Nothing may be opened once the record is written; a streaming body is produced after this line.
        scope.is_closed = True
        patch_cache_control(response, no_store=True, private=True)


def note_view(request: HttpRequest, view: Callable[..., HttpResponse]) -> None:
    """Read the view's decision before it runs; the page's own tag becomes the tag of its reads."""
    decision = decision_of(view)
    if decision is None:
        raise UndecidedViewError(f"{request.resolver_match and request.resolver_match.view_name} is undecided")
    scope: Scope = request.audit_scope  # type: ignore[attr-defined]
    match = request.resolver_match
    session_key = getattr(getattr(request, "session", None), "session_key", None)
    scope.origin = Origin(
        **{
            **vars(scope.origin),
            "route": match.view_name if match else "",
            "session_ref": keyed_digest("audit.session", session_key)[:32] if session_key else "",
        }
    )
    if isinstance(decision, Audited):
        scope.tag = decision.tag


def _record_refusal(request: HttpRequest, response: HttpResponse, scope: Scope) -> bool:
    """Whether a signed-in person was refused; every page leaves that event, also one whose visits leave none."""
    if response.status_code not in {403, 404} or scope.actor.kind != "human":
        return False
    if not _has_denial(scope):
        match = request.resolver_match
        # Ids only: what else an address may hold is text that somebody typed.
        ids = sorted(str(value) for value in (match.kwargs if match else {}).values() if isinstance(value, UUID))
        record_event(
            ACCESS_DENIED,
            obj=Subject("unknown", ids[0]) if ids else None,
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="forbidden" if response.status_code == 403 else "not_found",
        )
    return True


def _record_visit(request: HttpRequest, response: HttpResponse, scope: Scope) -> None:
    """An audited page leaves its own event unless what it did was recorded already."""
    is_refused_act = request.method not in SAFE_METHODS and 400 <= response.status_code < 500
    if (scope.has_recorded and not is_refused_act) or scope.tag is None:
        return
    # A desk that is away showed nothing; asking who is there would ask the database once more.
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE or scope.actor.kind != "human":
        return
    failed = response.status_code >= 400
    # A visit is the page's own event; a form that changed nothing must not read as if it had.
    tag = scope.tag if request.method in SAFE_METHODS else ACTION_TRIED
    record_event(tag, outcome=Outcome.MINOR_FAILURE if failed else Outcome.SUCCESS)


def _has_denial(scope: Scope) -> bool:
    return any(event.tag is ACCESS_DENIED for event in scope.pending.values())


def client_address(request: HttpRequest) -> str | None:
    """The peer's address; the last X-Forwarded-For entry only when settings name a proxy of ours (ASVS 4.1.3)."""
    claimed = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXY:
        claimed = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() or claimed
    try:
        return str(ipaddress.ip_address(claimed))
    except ValueError:
        # Behind a unix socket there is no peer address; a malformed header is no address either.
        return None


def _unavailable(request: HttpRequest, refusal: TrailUnwritableError) -> HttpResponse:
    wants_page = "text/html" in request.headers.get("Accept", "")
    if wants_page:
        body, content_type = str(render_to_string("503.html")), "text/html; charset=utf-8"
    else:
        body = json.dumps({"error": refusal.code, "detail": refusal.sentence})
        content_type = "application/json"
    response = HttpResponse(body, status=refusal.status, content_type=content_type)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    response["Cache-Control"] = "no-store, private"
    return response
