"""The laws of every page the run makes: no unknown name in a template, nothing inline in a page, no template unseen.

A template says nothing when a name is missing: `{{ typo }}` is empty and `{% if typo %}` is false. Django tells its own
log alone, for every kind of tag, and so the run listens there; `string_if_invalid` would miss `{% if %}` and `{% for %}`.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.template import base
from django.test import Client

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Names that may be absent, and in which pages: those made without a request, because it may be what broke; the 404
# of an address that leads nowhere, which has no sentence of its own; the number, which is also made hidden.
OPTIONAL_NAMES = {
    "csrf_token": {"400.html", "500.html"},
    "sentence": {"404.html"},
    "is_hidden": {"callbacks/_number.html", "callbacks/workspace.html"},
}
# Administration's templates are Django's with a few blocks of ours; Django's count on silence.
DJANGOS_OWN = "admin/"


class _Listening:
    """Stands in for the template engine's logger: what it says of a missing name is noted, then said as before."""

    def __init__(self, logger: Any, noted: list[str]) -> None:
        self.logger = logger
        self.noted = noted

    def debug(self, message: str, bit: str, template_name: str, **more: Any) -> None:
        is_ours = template_name in OUR_TEMPLATES and not template_name.startswith(DJANGOS_OWN)
        if is_ours and template_name not in OPTIONAL_NAMES.get(bit, ()):
            self.noted.append(f"{template_name} asks for {bit}, which its view does not give")
        self.logger.debug(message, bit, template_name, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.logger, name)


def our_templates(folder: Path = TEMPLATES) -> set[str]:
    """Names of all templates, as `{% include %}` spells them."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


OUR_TEMPLATES = our_templates()


@contextmanager
def missing_names(noted: list[str]) -> Iterator[None]:
    """Adds to `noted` what templates ask for in vain."""
    with mock.patch.object(base, "logger", _Listening(base.logger, noted)):
        yield


# Cheap; only a page with such a trace is read as a browser reads it.
TRACES = re.compile(r"<style|<script(?![^>]*\ssrc=)|\bstyle\s*=|\bon[a-z]+\s*=|javascript:|hx-on|\bjs:", re.IGNORECASE)


class _Inline(HTMLParser):
    """Finds what a strict Content-Security-Policy blocks, and what htmx would evaluate."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}> at line {self.getpos()[0]}")
        for name, value in attrs:
            is_code = re.match(r"\s*(javascript|js|vbscript):", value or "", re.IGNORECASE)
            if name == "style" or re.match(r"on|(data-)?hx-on", name) or is_code:
                self.found.append(f"<{tag} {name}> at line {self.getpos()[0]}")


def inline_in(html: str) -> list[str]:
    """Scripts, styles and event handlers written into the page, and addresses that are code."""
    if not TRACES.search(html):
        return []
    parser = _Inline()
    parser.feed(html)
    parser.close()
    return parser.found


@contextmanager
def inline_code(noted: list[str]) -> Iterator[None]:
    """Adds to `noted` what any test's browser is given inline."""
    ask = Client.request

    def request(client: Client, **asked: Any) -> Any:
        response = ask(client, **asked)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            text = response.content.decode(errors="replace")
            noted.extend(f"{asked.get('PATH_INFO')}: {found}" for found in inline_in(text))
        return response

    with mock.patch.object(Client, "request", request):
        yield


def never_rendered(names: Iterable[str], rendered: Iterable[str], folder: Path = TEMPLATES) -> list[str]:
    """Templates that no test has made a page of."""
    seen = {*rendered}
    return sorted(name for name in names if str(folder / name) not in seen)


def is_whole_run(config: pytest.Config, session: Any) -> bool:
    """Whether every test was asked for, and none failed."""
    option = config.option
    chosen = option.keyword or option.markexpr or option.deselect or option.ignore
    is_finished = not (session.testsfailed or session.shouldstop or session.shouldfail)
    return config.args == config.getini("testpaths") and not chosen and is_finished


@pytest.fixture(autouse=True)
def faults_of_pages() -> Iterator[list[str]]:
    """Fails the test whose pages ask for unknown names or hold code of their own; the list of what was found."""
    faults: list[str] = []
    with missing_names(faults), inline_code(faults):
        yield faults
    assert not faults, "; ".join(dict.fromkeys(faults))
