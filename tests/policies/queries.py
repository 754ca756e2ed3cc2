"""What a page asks of the databases, as lines a person can compare: connection, verb, tables, lock."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from django.apps import apps
from django.db import connections
from django.test.utils import CaptureQueriesContext

# Those that requests use; the owner's and the sealer's are other processes' business.
WATCHED = ("default", "audit", "audit_reader")
# A test's own transaction turns BEGIN and COMMIT into these; neither is a question.
NOT_ASKED = re.compile(r"(RELEASE |ROLLBACK TO )?SAVEPOINT |BEGIN|COMMIT")
NAMED = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?"?(\w+)"?', re.IGNORECASE)


@cache
def tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


def said(alias: str, sql: str) -> str:
    """`default SELECT accounts_clinic accounts_membership`, with the lock a row is taken with."""
    verb = sql.split(maxsplit=1)[0].upper()
    named = sorted({*NAMED.findall(sql)} & tables())
    lock = re.search(r"FOR (?:NO KEY )?UPDATE(?: SKIP LOCKED| NOWAIT)?", sql, re.IGNORECASE)
    return " ".join([alias, verb, *(named or ["no table"]), *([lock[0].upper()] if lock else [])])


class Asked:
    """Pages by name, each with what it asked, in the order it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, list[str]] = {}

    @contextmanager
    def by(self, page: str) -> Iterator[None]:
        """What happens inside is what `page` asks."""
        with ExitStack() as stack:
            watching = {alias: stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in WATCHED}
            yield
        self.pages[page] = [
            said(alias, query["sql"])
            for alias, captured in watching.items()
            for query in captured.captured_queries
            if not NOT_ASKED.match(query["sql"])
        ]

    def text(self) -> str:
        """A block a page: how many, then each kind of question once with how often it was asked."""
        return "\n".join(self._block(page) for page in sorted(self.pages))

    def _block(self, page: str) -> str:
        asked = self.pages[page]
        kinds = list(dict.fromkeys(asked))
        lines = [f"    {asked.count(kind)} x {kind}" for kind in kinds]
        return "\n".join([f"{page}: {len(asked)}", *lines, ""])
