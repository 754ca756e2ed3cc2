"""Intake's refusals: what the voice side is told when a message is not taken; one shape, never an echo of input."""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from lib.errors import Refusal
from lib.logs import event_logger

log = event_logger(__name__)
RETRY_AFTER_SECONDS = "5"


class BodyRefusal(Refusal):
    """The body cannot be read in one way only; sending it again changes nothing."""

    code = "malformed"
    status = 400
    sentence = "The body is not one JSON object that can be read in one way only."


class SignatureRefusal(Refusal):
    """Not proven to come from the line. The answer does not say why; the log and the trail do."""

    code = "unauthorized"
    status = 401
    sentence = "The signature is missing or does not match."


class ClientRefusal(Refusal):
    """RFC 6749 §5.2: the client is unknown or its secret is wrong; the answer does not say which."""

    code = "invalid_client"
    status = 401
    sentence = "The client id or the client secret is wrong."


class GrantRefusal(Refusal):
    """RFC 6749 §5.2: another grant than client credentials."""

    code = "unsupported_grant_type"
    status = 400
    sentence = "Only grant_type=client_credentials is supported."


class TokenRequestRefusal(Refusal):
    """RFC 6749 §5.2: a request for a token that cannot be read in one way only."""

    code = "invalid_request"
    status = 400
    sentence = "Send grant_type, client_id and client_secret once each, as application/x-www-form-urlencoded."


class FloodRefusal(Refusal):
    """Too many refused messages from this source; a message that is signed well is taken all the same."""

    code = "too_many"
    status = 429
    sentence = "Too many messages from this address were refused. Try again in a minute."

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class LengthRefusal(Refusal):
    code = "length_required"
    status = 411
    sentence = "Send the body with a Content-Length header."


class SizeRefusal(Refusal):
    code = "too_large"
    status = 413
    sentence = "The body is larger than this endpoint takes."


class MediaTypeRefusal(Refusal):
    code = "unsupported_media_type"
    status = 415
    sentence = "Send application/json in UTF-8, without a content encoding."


class FormTypeRefusal(MediaTypeRefusal):
    sentence = "Send application/x-www-form-urlencoded."


class MissingFieldsRefusal(Refusal):
    """Strict mode: the article's answer to incomplete data. The report is stored and a person looks at it."""

    code = "missing required fields"
    status = 400
    sentence = "The report lacks a first name or a callback number. It was stored for review."


class UnexpectedFieldsRefusal(Refusal):
    """Strict mode: the assistant passed on more than it may. The rest of the report is stored."""

    code = "unexpected_fields"
    status = 422
    sentence = "The report holds data that may not be collected; that was dropped. The rest was stored for review."


class MethodRefusal(Refusal):
    code = "method_not_allowed"
    status = 405
    sentence = "This endpoint takes POST only."


class BodyTimeoutRefusal(Refusal):
    """Passing, like 503: a sender with a back-off plan tries again."""

    code = "body_timeout"
    status = 408
    sentence = "The body did not arrive whole and in time. Send the message again."


class UnavailableRefusal(Refusal):
    """Never 2xx: nothing was stored. The sender's back-off plan sends it again."""

    code = "unavailable"
    status = 503
    sentence = "The database is not reachable. Send the message again."


class NotConfiguredRefusal(Refusal):
    """No secret or no line: nothing can be accepted, and the sender should try again later."""

    code = "not_configured"
    status = 503
    sentence = "This desk has no webhook secret or no line yet. Send the message again later."


def answer_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the contract's error shape for every refusal of the API."""
    refusal = _refusal_of(exception)
    if refusal is not None:
        response = _answer(refusal.code, refusal.sentence, refusal.status)
        if isinstance(refusal, FloodRefusal):
            response["Retry-After"] = str(refusal.retry_after)
        if isinstance(refusal, ClientRefusal):
            response["WWW-Authenticate"] = 'Basic realm="ringback"'
    elif isinstance(exception, exceptions.APIException):
        handled = exception_handler(exception, context)
        code = handled.status_code if handled is not None else status.HTTP_400_BAD_REQUEST
        response = _answer("refused", "The request is refused.", code)
    else:
        return None
    if response.status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _refusal_of(exception: Exception) -> Refusal | None:
    """What is said of an exception: itself, where it is a refusal; None where there is nothing of its own to say."""
    if isinstance(exception, Refusal):
        return exception
    if isinstance(exception, OperationalError | InterfaceError):
        log.error("database_away", with_exception=True)
        return UnavailableRefusal()
    if isinstance(exception, UnreadablePostError):
        return BodyTimeoutRefusal()
    if isinstance(exception, exceptions.MethodNotAllowed):
        return MethodRefusal()
    return None


def _answer(code: str, sentence: str, http_status: int) -> Response:
    return Response({"error": code, "detail": sentence}, status=http_status)
