"""Intake's page of its endpoints for machines: the OpenAPI description laid out for reading, and the file itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.guards import requires
from accounts.roles import ADMINISTER
from audit.events import ADMIN_PAGE_VIEWED, Purpose
from audit.policy import audited
from audit.recording import record_event
from intake.openapi.messages import KINDS

DESCRIPTION = Path(__file__).resolve().parent.parent / "openapi" / "openapi.json"

Json = dict[str, Any]
# Running text and words of code in turn, as the backquotes of the description have it: (text, is code).
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class FieldRow:
    """A field that is read: its place in the message, its types, what is said of it."""

    place: str
    types: str
    note: Pieces


@dataclass(frozen=True)
class KindRow:
    """A kind of message, or a form: its words of `type`, what it is for, its fields and an example."""

    name: str
    words: list[str]
    about: Pieces
    fields: list[FieldRow]
    examples: list[tuple[str, str]]


@dataclass(frozen=True)
class EndpointRow:
    """Addresses that take the same body; `answers` are (status, lines, headers that come with it)."""

    title: str
    addresses: list[tuple[str, str]]
    about: Pieces
    proofs: list[tuple[str, Pieces]]
    content_type: str
    kinds: list[KindRow]
    answers: list[tuple[str, list[Pieces], list[str]]]


@audited(ADMIN_PAGE_VIEWED)
@requires(ADMINISTER)
@require_GET
def endpoints(request: HttpRequest) -> HttpResponse:
    """Every endpoint with its proofs, messages, examples and answers."""
    record_event(ADMIN_PAGE_VIEWED, purpose=Purpose.SYSTEM_ADMINISTRATION)
    document = _document()
    context = {
        "section": "endpoints",
        "about": _pieces(document["info"]["description"]),
        "endpoints": list(_endpoints(document)),
    }
    return render(request, "intake/endpoints.html", context)


@audited(ADMIN_PAGE_VIEWED)
@requires(ADMINISTER)
@require_GET
def download(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, with this desk's address where it knows it."""
    del request
    record_event(ADMIN_PAGE_VIEWED, purpose=Purpose.SYSTEM_ADMINISTRATION)
    servers = {"servers": [{"url": settings.PUBLIC_URL}]} if settings.PUBLIC_URL else {}
    text = json.dumps(_document() | servers, indent=1, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="ringback-openapi.json"'
    return response


@cache
def _document() -> Json:
    document: Json = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return document


def _endpoints(document: Json) -> Iterator[EndpointRow]:
    alike: dict[str, list[tuple[str, Json]]] = {}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            alike.setdefault(json.dumps(_body(operation)[1]["schema"]), []).append((path, operation))
    for same in alike.values():
        # The one with the most answers says what the others say, and more; one of them shows the examples.
        fullest = max((operation for _, operation in same), key=lambda operation: len(operation["responses"]))
        content_type, content = max((_body(operation) for _, operation in same), key=lambda body: len(body[1]))
        schemes = [document["components"]["securitySchemes"][name] for way in fullest["security"] for name in way]
        yield EndpointRow(
            title=min((operation["summary"] for _, operation in same), key=len),
            addresses=[(path, operation["summary"]) for path, operation in same],
            about=_pieces(fullest["description"]),
            proofs=[(_header_of(scheme), _pieces(scheme["description"])) for scheme in schemes],
            content_type=content_type,
            kinds=list(_kinds(document, content)),
            answers=[
                (status, [_pieces(line) for line in answer["description"].split("\n\n")], [*answer.get("headers", {})])
                for status, answer in fullest["responses"].items()
            ],
        )


def _body(operation: Json) -> tuple[str, Json]:
    """The one content type a body may have, with its schema and examples."""
    ((content_type, content),) = operation["requestBody"]["content"].items()
    return content_type, content


def _kinds(document: Json, content: Json) -> Iterator[KindRow]:
    """The kinds of message a body may be; for a form the form itself."""
    examples = content.get("examples", {})
    if not examples:
        fields = list(_fields(document, content["schema"]))
        yield KindRow(name="", words=[], about=[], fields=fields, examples=[])
        return
    schemas = document["components"]["schemas"]
    for name in KINDS:
        schema = schemas[name]
        yield KindRow(
            name=name,
            words=schema["properties"]["type"].get("enum", []),
            about=_pieces(schema["description"]),
            fields=[field for field in _fields(document, schema) if field.place != "type"],
            examples=[
                (example["summary"], json.dumps(example["value"], indent=2, ensure_ascii=False))
                for key, example in examples.items()
                if key.startswith(name)
            ],
        )


def _fields(document: Json, schema: Json, place: str = "") -> Iterator[FieldRow]:
    """Every field below a schema, in its order; `*` stands for any name, `[]` for each of a list."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    types = schema.get("type", "")
    inner = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), dict):
        inner["*"] = schema["additionalProperties"]
    if place and not inner and types != "array":
        said = schema.get("description", "") or ", ".join(schema.get("examples", [])) or schema.get("const", "")
        yield FieldRow(place, types if isinstance(types, str) else " or ".join(types), _pieces(said))
    for name, below in inner.items():
        yield from _fields(document, below, f"{place}.{name}" if place else name)
    if types == "array":
        yield from _fields(document, schema["items"], f"{place}[]")


def _header_of(scheme: Json) -> str:
    """What a sender puts on its request for a way of proof."""
    if scheme["type"] == "apiKey":
        return str(scheme["name"])
    return f"Authorization: {'Basic' if scheme.get('scheme') == 'basic' else 'Bearer'}"


def _pieces(text: str) -> Pieces:
    return [(piece, index % 2 == 1) for index, piece in enumerate(text.split("`")) if piece]
