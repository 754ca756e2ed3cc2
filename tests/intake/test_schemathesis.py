"""The description against a running desk: what schemathesis makes of it is sent, and every answer is as described."""

import json

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests.auth import AuthBase, HTTPBasicAuth
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from intake.models.line import Proof
from intake.signatures import sign_article_form
from intake.web.endpoints import DESCRIPTION
from tests.intake.lines import HILLTOP_SECRET, make_line
from tests.intake.reports import secret
from tests.intake.tried import DELIVERIES, REQUESTS, note, tried

pytestmark = pytest.mark.django_db(transaction=True)

SCHEMA = schemathesis.openapi.from_dict(json.loads(DESCRIPTION.read_text()))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# No shrinking: a failure is told as it was found, and the run stays as long as it is.
BOUNDED = settings(
    max_examples=REQUESTS,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


class Signed(AuthBase):
    """Signs what is about to leave, byte for byte, as the voice side does."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        request.headers.update(sign_article_form(secret(), body if isinstance(body, bytes) else body.encode()))
        return request


def try_case(desk, case, auth: AuthBase | None) -> int:
    response = case.call(base_url=f"http://127.0.0.1:{desk.port}", auth=auth, timeout=10)
    case.validate_response(response, checks=CHECKS)
    return note("schemathesis", response.status_code)


@pytest.mark.parametrize("path", DELIVERIES)
def test_every_delivery_is_answered_as_described(live_desk, cast, path):
    statuses: list[int] = []

    @BOUNDED
    @given(case=SCHEMA[path]["POST"].as_strategy())
    def deliver(case):
        count = len(statuses)
        # Made up ids are of no line: three of four go to one that there is. One in ten comes from a stranger.
        if count % 4 and "line_id" in case.path_parameters:
            case.path_parameters["line_id"] = str(cast.line.pk)
        statuses.append(try_case(live_desk, case, Signed() if count % 10 else None))

    before = tried("schemathesis")
    deliver()
    assert tried("schemathesis") - before == len(statuses) >= REQUESTS // 2
    assert statuses.count(200) > REQUESTS // 3


def test_every_request_for_a_token_is_answered_as_described(live_desk, cast):
    line = make_line(cast.hilltop, proof=Proof.OAUTH2)
    statuses: list[int] = []

    @BOUNDED
    @given(case=SCHEMA["/webhook/token"]["POST"].as_strategy())
    def request(case):
        is_client = len(statuses) % 2
        if is_client:
            case.body = {"grant_type": "client_credentials"}
        statuses.append(try_case(live_desk, case, HTTPBasicAuth(str(line.pk), HILLTOP_SECRET) if is_client else None))

    request()
    assert len(statuses) >= REQUESTS // 2
    assert {200, 400} <= set(statuses)
