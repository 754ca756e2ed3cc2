"""Config's WSGI application; config.asgi puts the front before it."""

import gc
import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")


class DeskRequest(WSGIRequest):
    """Django's request, but a Content-Type that cannot be read is none: it would fail before any code of ours runs."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # missing in the stubs
        except (LookupError, ValueError):
            self.content_type, self.content_params = "", {}


class DeskHandler(WSGIHandler):
    request_class = DeskRequest


django.setup(set_prefix=False)
application = DeskHandler()
# All views now: otherwise the first caller of each process waits while they are read.
get_resolver().url_patterns  # noqa: B018 - loads them
# What is loaded stays loaded; the collector need not look through it again and again.
gc.freeze()
