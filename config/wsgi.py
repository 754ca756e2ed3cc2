"""Config's WSGI application; config.asgi puts the front before it."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

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
