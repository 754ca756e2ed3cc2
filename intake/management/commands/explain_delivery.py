"""`manage.py explain_delivery`: why a delivery is refused, from header names, lengths and digests; never body or secret."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from intake.services.opened_secrets import opened_secrets
from intake.services.proving import Candidate, find_candidates
from intake.signatures import SecretKey
from intake.signatures.explaining import Sent, describe_sent, explain_scheme
from lib import clock
from lib.errors import NotFoundRefusal

SERVICE = "manage.py explain_delivery"


class Command(BaseCommand):
    help = (
        "Explain why a delivery is refused. Give its body and its headers as files, byte for byte as they arrived; the"
        " output names lengths and digests only, so it may be sent to whoever runs the voice side."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--body", required=True, type=Path, help="file with the body's bytes")
        parser.add_argument("--headers", required=True, type=Path, help="file with a `Name: value` a line")
        parser.add_argument("--line", type=UUID, help="the line of the address; default: all lines in use")
        parser.add_argument("--at", help="when it arrived, ISO 8601 with an offset; default: now")
        parser.add_argument("--url", help="the address configured at the sender; default: from PUBLIC_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            candidates = find_candidates(options["line"])
        except NotFoundRefusal:
            raise CommandError("There is no such line in use.") from None
        sent = Sent(
            method="POST",
            url=options["url"] or _address(options["line"]),
            headers=_read_headers(options["headers"]),
            body=_read(options["body"]),
            at=_read_instant(options["at"]),
        )
        for sentence in describe_sent(sent):
            self.stdout.write(sentence)
        if not candidates:
            self.stdout.write("There is no line in use: every delivery is answered 503.")
        for candidate in candidates:
            self._explain(candidate, sent)

    def _explain(self, candidate: Candidate, sent: Sent) -> None:
        keys = _all_keys(candidate)
        names = ", ".join(f"...{key.key_id[-4:]}" for key in keys) or "none"
        self.stdout.write(f"line {candidate.line.pk}, keys: {names}")
        for scheme in candidate.schemes:
            for sentence in explain_scheme(sent, scheme, keys):
                self.stdout.write(f"  {sentence}")
        if not candidate.schemes:
            self.stdout.write("  its options prove too little: it takes nothing (manage.py check --database default)")


def _all_keys(candidate: Candidate) -> list[SecretKey]:
    """The line's keys, those that have ended too: a sender may still use one."""
    if candidate.line.is_default:
        return candidate.open_keys()
    return opened_secrets.keys(candidate.line.secrets.select_related("line__clinic"), service=SERVICE)


def _address(line_id: UUID | None) -> str:
    path = reverse("intake:vapi") if line_id is None else reverse("intake:vapi-line", args=[line_id])
    return settings.PUBLIC_URL + path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from None


def _read_headers(path: Path) -> dict[str, str]:
    """Names and values; lines without a colon (a request line, an empty one) are passed over."""
    headers: dict[str, str] = {}
    for line in _read(path).decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() and " " not in name.strip():
            headers[name.strip()] = value.strip()
    return headers


def _read_instant(text: str | None) -> datetime:
    if text is None:
        return clock.now()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError("--at reads like 2026-11-24T15:12:00+00:00.") from None
    if instant.tzinfo is None:
        raise CommandError("--at needs an offset, such as +00:00.")
    return instant
