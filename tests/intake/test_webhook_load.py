"""Many at once over real sockets: copies are one callback, nobody is lost among them, and each is answered in time."""

import time
from collections import Counter

import pytest

from audit.background import service_scope
from callbacks.models import Callback
from intake.models import Delivery
from intake.services.opening import DeliveryWork
from tests.crowd import at_once
from tests.intake.reports import article_signature, as_bytes, report, stored
from tests.live_desk import Answer, LiveDesk
from tests.payloads import read_payload

pytestmark = pytest.mark.django_db(transaction=True)

COPIES = 50
# VAPI gives up after 20 seconds, the article says after 5.
SECONDS = 5
EXTRACTED = read_payload("vapi/20_article_flat_structured_data_extracted.json")


def posting(desk: LiveDesk, body: bytes, seconds: list[float]):
    headers = article_signature(body)

    def post() -> Answer:
        started = time.monotonic()
        answer = desk.post(body, headers)
        seconds.append(time.monotonic() - started)
        return answer

    return post


def open_all() -> None:
    with service_scope("worker", route="test"):
        DeliveryWork().work_off(limit=100)


def outcomes(answers: list[Answer]) -> Counter[str]:
    assert [answer.status for answer in answers] == [200] * len(answers)
    return Counter(answer.json()["outcome"] for answer in answers)


@pytest.mark.parametrize(
    ("body", "first"),
    [(as_bytes(report(call_id="call-50")), "queued"), (EXTRACTED, "needs_review")],
    ids=["call id", "digest"],
)
def test_fifty_copies_at_once_are_one_callback(live_desk, cast, body, first):
    seconds: list[float] = []
    answers = at_once([posting(live_desk, body, seconds)] * COPIES)
    assert outcomes(answers) == {first: 1, "duplicate": COPIES - 1}
    delivery = Delivery.objects.get()
    assert {answer.json()["id"] for answer in answers} == {str(delivery.pk)}
    open_all()
    assert stored() == (1, 1, 1)
    assert max(seconds) < SECONDS


def test_copies_among_other_callers_lose_nobody(live_desk, cast):
    """Five copies each of ten callers, all at once: ten callbacks, whichever copy came first."""
    seconds: list[float] = []
    bodies = [as_bytes(report(callbackNumber=f"+120255501{n:02}")) for n in range(10)]
    answers = at_once([posting(live_desk, body, seconds) for body in bodies for _ in range(5)])
    assert outcomes(answers) == {"queued": 10, "duplicate": 40}
    open_all()
    assert stored() == (10, 10, 10)
    assert Callback.objects.values("number").distinct().count() == 10
    assert max(seconds) < SECONDS


def test_fifty_callers_at_once_are_fifty_callbacks(live_desk, cast):
    seconds: list[float] = []
    bodies = [as_bytes(report(callbackNumber=f"+12025550{100 + n}")) for n in range(COPIES)]
    answers = at_once([posting(live_desk, body, seconds) for body in bodies])
    assert outcomes(answers) == {"queued": COPIES}
    open_all()
    assert stored() == (COPIES, COPIES, COPIES)
    assert max(seconds) < SECONDS
