"""A witness stands beside everything the desk gives out during a test and keeps what no caller's data may reach."""

import io
import logging
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client

from lib.logs import PHIFreeFormatter

LINKS = re.compile(r'(?:href|action|src|hx-\w+|formaction|data-[\w-]+)="([^"]*)"')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
# Pages a person is meant to see a caller on; an error page is not one of them.
SEEN_PAGES = {200, 409, 422}


class Witness(logging.Handler):
    """Texts by sink. As a logging handler it keeps each record as production writes it, and its bare message."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.setFormatter(PHIFreeFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.texts["log lines"].append(self.format(record))
        self.texts["log messages"].append(record.getMessage())

    def note(self, response: Any, *, whole: bool = False) -> Any:
        """Keep what may hold no data: address, headers, links, titles, error bodies; `whole`: the body as well."""
        request = response.request
        self.texts["addresses"].append(f"{request['PATH_INFO']}?{request['QUERY_STRING']}")
        self.texts["headers"].append(str(response.headers))
        self.texts["cookies"].append(str(response.cookies))
        body = _text(response)
        is_page = response["Content-Type"].startswith("text/html")
        if whole or not is_page or response.status_code not in SEEN_PAGES:
            self.texts["bodies"].append(body)
        self.texts["links"] += [link for link in LINKS.findall(body) if not link.startswith("tel:")]
        self.texts["titles"] += TITLE.findall(body)
        self.texts["sessions"] += [str(session.get_decoded()) for session in Session.objects.all()]
        return response

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Every logger at DEBUG, the database's included, as if somebody had turned everything on."""
        loggers = [
            logging.getLogger(),
            *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict)),
        ]
        kept = [(logger, logger.level, logger.disabled) for logger in loggers]
        cursors = [connection for connection in connections.all() if not connection.force_debug_cursor]
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
            logger.disabled = False
        for connection in cursors:
            connection.force_debug_cursor = True
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)
            for connection in cursors:
                connection.force_debug_cursor = False
            for logger, level, disabled in kept:
                logger.setLevel(level)
                logger.disabled = disabled


class WatchedBrowser:
    """A person's browser with a witness looking over the shoulder."""

    def __init__(self, client: Client, witness: Witness, *, whole: bool = False) -> None:
        self.client, self.witness, self.whole = client, witness, whole
        client.raise_request_exception = False

    def get(self, address: str, *arguments: Any, **more: Any) -> Any:
        return self.witness.note(self.client.get(address, *arguments, **more), whole=self.whole)

    def post(self, address: str, *arguments: Any, **more: Any) -> Any:
        return self.witness.note(self.client.post(address, *arguments, **more), whole=self.whole)


def _text(response: Any) -> str:
    """What a reader of the answer reads: of a zip, everything in it."""
    if response["Content-Type"] != "application/zip":
        return str(response.content.decode())
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        return "\n".join(packed.read(name).decode() for name in packed.namelist())
