"""Intake's describing of its endpoints: drf-spectacular finds them in the URLs, and these classes say the rest.

The one module that needs drf-spectacular, a development dependency; nothing that a desk runs imports it.
"""

import json
from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse
from rest_framework.views import APIView

from intake.openapi.answers import (
    ANSWERS,
    DELIVERY_REFUSALS,
    LINE_REFUSALS,
    TOKEN,
    TOKEN_REFUSALS,
    refusals_by_status,
)
from intake.openapi.messages import EXAMPLES, SCHEMAS, ref
from lib.errors import Refusal

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
# Ways to prove a delivery: the two forms the default line takes, then those a line may be given instead.
_PROOFS = {
    "ArticleSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "x-vapi-signature",
        "description": "HMAC-SHA256 of the body's bytes under the shared secret, in hexadecimal. The article's form.",
    },
    "VapiSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "x-signature",
        "description": (
            "HMAC-SHA256 of `{x-timestamp}.{body}` in hexadecimal: VAPI's HMAC credential as it is by default. A line"
            " may name other headers, SHA-512, base64 or another text."
        ),
    },
    "BearerSecret": {"type": "http", "scheme": "bearer", "description": "The line's secret itself."},
    "AccessToken": {
        "type": "oauth2",
        "description": "A token of this desk; it lasts 15 minutes.",
        "flows": {"clientCredentials": {"tokenUrl": "/webhook/token", "scopes": {}}},
    },
    "VapiSecret": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Vapi-Secret",
        "description": "The line's secret itself. An empty one never matches.",
    },
}
_CLIENT = {
    "ClientSecret": {
        "type": "http",
        "scheme": "basic",
        "description": "The line's id and its secret, each form-encoded, unless they stand in the form.",
    }
}
_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Ringback: endpoints for machines",
    "VERSION": "1",
    "DESCRIPTION": (
        "A message is proven over its raw bytes before anything of it is read. Send JSON in UTF-8 with a Content-Length,"
        " neither chunked nor compressed. Repeat after 408, 429, 503 or no answer at all; what was stored is never"
        " stored twice. Headers that are too long or no HTTP are refused by the web server, with 400 or 431."
    ),
    # Enumerations stay where they are; the hook would move them and number the names.
    "POSTPROCESSING_HOOKS": [],
    "SCHEMA_PATH_PREFIX": "",
}


def describe_endpoints() -> dict[str, Any]:
    """The OpenAPI document of every DRF view in the URLs. Raises ValueError where drf-spectacular had to guess."""
    components = {"schemas": {**SCHEMAS, **ANSWERS}, "securitySchemes": {**_PROOFS, **_CLIENT}}
    with patched_settings({**_SETTINGS, "APPEND_COMPONENTS": components}):
        document: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    if GENERATOR_STATS:
        raise ValueError("An endpoint is not described: drf-spectacular had to guess, and said so above.")
    return document


def as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


class _MachineSchema(AutoSchema):
    """What both endpoints have in common."""

    def get_tags(self) -> list[str]:
        return []

    def get_override_parameters(self) -> list[Any]:
        return [
            _header("Retry-After", "Seconds after which to send it again.", on=[429, 503]),
            _header("Allow", "POST", on=[405]),
            _header("Cache-Control", "Never to be stored.", on=True),
            _header("X-Request-ID", "Names the request in this desk's log and trail.", on=True),
        ]


class _DeliverySchema(_MachineSchema):
    """One message of the voice side."""

    def get_operation_id(self) -> str:
        return {"/webhook": "deliverAlias", "/webhook/vapi": "deliver"}.get(self.path, "deliverToLine")

    def get_summary(self) -> str:
        return {
            "/webhook": "Deliver a message (the article's address, the same as /webhook/vapi)",
            "/webhook/vapi": "Deliver a message",
        }.get(self.path, "Deliver a message to one line")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        return (
            "A report is stored before it is answered, whatever is wrong with what it says; a message whose sender"
            " waits gets the answer of its own form. The line is the one whose secret proves the message."
        )

    def get_auth(self) -> list[dict[str, Any]]:
        return [{name: []} for name in _PROOFS]

    def get_override_parameters(self) -> list[Any]:
        timestamp = OpenApiParameter(
            name="x-timestamp",
            type={"type": "string", "pattern": r"^\d{10,13}$"},
            location=OpenApiParameter.HEADER,
            description="With x-signature: when it was signed, in seconds or milliseconds; at most 300 seconds off.",
        )
        return [timestamp, *super().get_override_parameters()]

    def get_request_serializer(self) -> dict[str, OpenApiRequest]:  # type: ignore[override]
        # Once is enough: the three addresses take the same.
        shown = EXAMPLES if self.path == "/webhook/vapi" else {}
        examples = [
            OpenApiExample(name, summary=shows, value=message, request_only=True)
            for name, (shows, message) in shown.items()
        ]
        return {_JSON: OpenApiRequest(request=ref("Delivery"), examples=examples)}

    def get_response_serializers(self) -> dict[int, OpenApiResponse]:  # type: ignore[override]
        taken = OpenApiResponse(
            response={"anyOf": [ref(name) for name in ANSWERS]},
            description="It is durable, or it is answered; do not send it again.",
        )
        return _answers(taken, LINE_REFUSALS if "line_id" in self.path else DELIVERY_REFUSALS)


class _TokenSchema(_MachineSchema):
    """OAuth2 client credentials."""

    def get_operation_id(self) -> str:
        return "requestAccessToken"

    def get_summary(self) -> str:
        return "Request an access token (RFC 6749, client credentials)"

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        return (
            "For lines that are proven by access tokens: the client id is the line's id, the client secret one of its"
            " secrets, in the form or as Basic authorization, not in both."
        )

    def get_auth(self) -> list[dict[str, Any]]:
        return [{"ClientSecret": []}, {}]

    def get_override_parameters(self) -> list[Any]:
        challenge = _header("WWW-Authenticate", 'Basic realm="ringback"', on=[401])
        return [challenge, *super().get_override_parameters()]

    def get_request_serializer(self) -> dict[str, Any]:  # type: ignore[override]
        text = {"type": "string"}
        form = {
            "type": "object",
            "properties": {
                "grant_type": {"const": "client_credentials"},
                "client_id": {"type": "string", "format": "uuid"},
                "client_secret": text,
                "scope": {"type": "string", "description": "Not read: a token is for its line alone."},
            },
            "required": ["grant_type"],
        }
        return {_FORM: form}

    def get_response_serializers(self) -> dict[int, OpenApiResponse]:  # type: ignore[override]
        return _answers(
            OpenApiResponse(response=TOKEN, description="A token, for the next 15 minutes."), TOKEN_REFUSALS
        )


class _DescribedWebhook(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "intake.views.VapiWebhook"

    def view_replacement(self) -> type[APIView]:
        return type("VapiWebhook", (self.target,), {"schema": _DeliverySchema()})


class _DescribedTokens(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "intake.tokens.AccessTokens"

    def view_replacement(self) -> type[APIView]:
        return type("AccessTokens", (self.target,), {"schema": _TokenSchema()})


def _answers(taken: OpenApiResponse, refusals: tuple[type[Refusal], ...]) -> dict[int, OpenApiResponse]:
    """200 and every refusal, by status."""
    refused = {
        status: OpenApiResponse(response=schema, description=words)
        for status, (words, schema) in refusals_by_status(refusals).items()
    }
    return {200: taken, **refused}


def _header(name: str, description: str, *, on: list[int] | bool) -> OpenApiParameter:
    """A header of answers, on these statuses or on all."""
    return OpenApiParameter(
        name=name, type=str, location=OpenApiParameter.HEADER, description=description, response=on
    )
