"""Intake's token endpoint: OAuth2 client credentials (RFC 6749 §4.4) for lines that are proven by access tokens."""

import base64
import binascii
from urllib.parse import parse_qs, unquote_plus
from uuid import UUID

from django.http import HttpRequest
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.events import ACCESS_TOKEN_ISSUED
from audit.policy import audited
from audit.providers import Actor
from audit.recording import record_event
from audit.scope import Subject
from intake.models.line import Proof
from intake.refusals import (
    ClientRefusal,
    FormTypeRefusal,
    GrantRefusal,
    LengthRefusal,
    SizeRefusal,
    TokenRequestRefusal,
)
from intake.services.proving import Candidate, find_candidates
from intake.services.rejecting import count_refused
from intake.signatures import ACCESS_TOKEN_LIFETIME, RejectionReason, find_key, issue_access_token
from lib import clock
from lib.errors import NotFoundRefusal

# A grant, an id and a secret; nobody has to send more.
LARGEST_REQUEST = 4_096
MOST_FIELDS = 10
# The most digits a length within the limit has: Python refuses to read a number of thousands.
LONGEST_LENGTH = len(str(LARGEST_REQUEST))


@audited(ACCESS_TOKEN_ISSUED)
class AccessTokens(APIView):
    """Gives a short-lived access token for a line's id and its secret, in the body or as Basic authorization.

    200 as RFC 6749 §5.1 has it, or §5.2's error beside the house's sentence; each token is an event, each refusal is
    counted as a refused delivery is. The client's secret is the permission, so anybody may knock.
    """

    permission_classes = (AllowAny,)
    http_method_names = ("post",)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[JSONRenderer, str]:
        """The answer is JSON whatever `Accept` asks for, as RFC 6749 has it."""
        del request, force
        return JSONRenderer(), JSONRenderer.media_type

    def post(self, request: Request) -> Response:
        raw = request._request
        form = _read_form(raw)
        client_id, secret = _credentials(raw, form)
        if form.get("grant_type") != "client_credentials":
            raise GrantRefusal
        client = _find_client(client_id)
        now = clock.now()
        keys = [key for key in client.open_keys() if key.is_active(now)] if client is not None else []
        key = find_key(secret, keys)
        if client is None or key is None:
            count_refused(raw, RejectionReason.MISMATCH)
            raise ClientRefusal
        line = client.line
        scope = raw.audit_scope  # type: ignore[attr-defined]  # put there by AuditMiddleware
        scope.act_as(Actor(kind="webhook", id=str(line.pk), label=f"line {line.name}", auth_method="client-secret"))
        record_event(
            ACCESS_TOKEN_ISSUED,
            obj=Subject("line", str(line.pk)),
            clinic_id=line.clinic_id,
            details={"key_id": key.key_id},
        )
        token = issue_access_token(key, client_id=str(line.pk), now=now)
        lifetime = int(ACCESS_TOKEN_LIFETIME.total_seconds())
        return Response({"access_token": token, "token_type": "Bearer", "expires_in": lifetime})


def _read_form(request: HttpRequest) -> dict[str, str]:
    """The fields of the form, each once. Bounded before it is read."""
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if not (length.isascii() and length.isdecimal()) or request.headers.get("Transfer-Encoding"):
        raise LengthRefusal
    if len(length) > LONGEST_LENGTH or int(length) > LARGEST_REQUEST:
        raise SizeRefusal
    if request.content_type != "application/x-www-form-urlencoded":
        raise FormTypeRefusal
    try:
        fields = parse_qs(
            request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise TokenRequestRefusal from None
    if any(len(values) != 1 for values in fields.values()):
        raise TokenRequestRefusal
    return {name: values[0] for name, values in fields.items()}


def _credentials(request: HttpRequest, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from one place only (RFC 6749 §2.3.1). Raises TokenRequestRefusal for two places or none."""
    header = request.headers.get("Authorization", "")
    if not header:
        if not form.get("client_id") or not form.get("client_secret"):
            raise TokenRequestRefusal
        return form["client_id"], form["client_secret"]
    if form.get("client_secret") or header[:6].lower() != "basic ":
        raise TokenRequestRefusal
    try:
        client_id, separator, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise TokenRequestRefusal from None
    if not (separator and client_id and secret):
        raise TokenRequestRefusal
    return unquote_plus(client_id), unquote_plus(secret)


def _find_client(client_id: str) -> Candidate | None:
    """The line in use that has this id and is proven by access tokens."""
    try:
        (found,) = find_candidates(UUID(client_id))
    except (ValueError, NotFoundRefusal):
        return None
    return found if found.line.proof == Proof.OAUTH2 and not found.line.is_default else None
