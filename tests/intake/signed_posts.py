"""Tests' way to post a report as the voice side does: signed in the article's form, through the real endpoint."""

import json
from typing import Any

from django.conf import settings
from django.test import Client

from intake.signatures import sign_article_form


def post_report(report: dict[str, Any], url: str = "/webhook/vapi") -> Any:
    body = json.dumps(report).encode()
    headers = sign_article_form(settings.VAPI_SERVER_SECRETS[0], body)
    return Client().post(url, data=body, content_type="application/json", headers=headers)
