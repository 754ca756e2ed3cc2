"""The endpoint under hostile HTTP over real sockets: each request is refused as decided, and honest ones go on."""

import http.client

import pytest

from tests.intake.reports import article_signature, as_bytes, report, stored
from tests.intake.tried import note
from tests.intake.wire import HANGS_UP, cases
from tests.live_desk import LiveDesk

pytestmark = pytest.mark.django_db(transaction=True)


def status_of(desk: LiveDesk, data: bytes) -> int:
    """The status answered to exactly these bytes; HANGS_UP where the server says nothing."""
    try:
        return desk.answer_to(data).status
    except (ConnectionError, http.client.BadStatusLine):
        return HANGS_UP


def test_every_request_is_refused_as_decided_and_honest_ones_go_on(live_desk, cast):
    wrong = {}
    for count, (name, (data, allowed)) in enumerate(cases().items()):
        status = note("wire", status_of(live_desk, data))
        if status not in allowed:
            wrong[name] = status
        if count % 10 == 0:
            body = as_bytes(report())
            assert live_desk.post(body, article_signature(body)).status == 200
    assert wrong == {}
    honest = 1 + count // 10
    assert stored() == (honest, honest, 0)
