"""Intake's endpoint: `POST /webhook/vapi`. What costs nothing is checked first; then it stores and answers."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.events import DELIVERY_RECEIVED
from audit.policy import audited
from audit.providers import Actor
from intake.messages.answering import Told, answer_message
from intake.refusals import BodyRefusal, LengthRefusal, MediaTypeRefusal, SizeRefusal
from intake.services.proving import prove_delivery, require_claim
from intake.services.storing import store_report
from intake.sources.vapi import MalformedBody, parse_message, read_json
from intake.sources.vapi.envelope import message_of
from intake.sources.vapi.kinds import known_word
from intake.strictness import check_strictly
from lib import clock
from lib.logs import event_logger

log = event_logger(__name__)

_LONGEST_LENGTH = 18


@audited(DELIVERY_RECEIVED)
class VapiWebhook(APIView):
    """Takes one signed message of the voice assistant.

    200 `{"received": true, "outcome": ..., "id": ...}` once it is durable; 400, 401, 405, 411, 413, 415 say what must
    not be sent again, 503 what must. Raw bytes are verified before anything is parsed or logged. The signature is the
    authentication and the permission, so anybody may knock.
    """

    permission_classes = (AllowAny,)
    http_method_names = ("post",)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[JSONRenderer, str]:
        """The answer is JSON whatever `Accept` or `?format=` ask for: a caller must not be lost over its form."""
        del request, force
        return JSONRenderer(), JSONRenderer.media_type

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Method, length, size and type come first: they cost nothing and need no body."""
        super().initial(request, *args, **kwargs)
        if request.method != "POST":
            self.http_method_not_allowed(request)
        _check_length(request._request)
        _check_media_type(request._request)

    def post(self, request: Request, line_id: UUID | None = None) -> Response:
        received_at = clock.now()
        raw = request._request
        require_claim(raw, line_id)
        # Before anything is asked of the database: a slow sender must not hold a connection of the pool.
        body = raw.body
        proven = prove_delivery(raw, body, line_id)
        line, verified = proven.line, proven.verified
        try:
            document = read_json(body)
        except MalformedBody as problem:
            log.warning("delivery_malformed", reason=problem.reason.value, key_id=verified.key_id)
            raise BodyRefusal from None
        message = parse_message(
            document,
            received_at=received_at,
            region=line.clinic.region,
            structured_output_ids=frozenset(line.structured_output_ids),
        )
        if message.report is None:
            log.info("message_answered", message_type=known_word(message.type), key_id=verified.key_id)
            told = Told(message=message, content=message_of(document), line=line, received_at=received_at)
            return Response(answer_message(told))
        scope = raw.audit_scope  # type: ignore[attr-defined]  # put there by AuditMiddleware
        scope.act_as(
            Actor(kind="webhook", id=str(line.pk), label=f"line {line.name}", auth_method=verified.scheme_name)
        )
        stored = store_report(
            message,
            message.report,
            line=line,
            verified=verified,
            received_at=received_at,
            request_id=str(scope.origin.request_id),
        )
        log.info("delivery_stored", outcome=stored.outcome, delivery_id=stored.delivery_id, key_id=verified.key_id)
        if settings.INTAKE_STRICT:
            check_strictly(message.report)
        return Response({"received": True, "outcome": stored.outcome, "id": str(stored.delivery_id)})


def _check_length(request: HttpRequest) -> None:
    length = str(request.META.get("CONTENT_LENGTH", ""))
    # A chunked body reads as empty under WSGI, and the signature of nothing must not pass.
    if not (length.isascii() and length.isdecimal()) or request.headers.get("Transfer-Encoding"):
        raise LengthRefusal
    # By its digits first: Python refuses to read a number of thousands of them.
    if len(length) > _LONGEST_LENGTH or int(length) > settings.INTAKE_BODY_LIMIT:
        raise SizeRefusal


def _check_media_type(request: HttpRequest) -> None:
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    encoding = request.headers.get("Content-Encoding", "identity")
    if (
        request.content_type != "application/json"
        or charset.lower() not in {"utf-8", "utf8"}
        or encoding.lower() != "identity"
    ):
        raise MediaTypeRefusal
