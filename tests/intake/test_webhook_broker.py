"""The doorbell: a report never waits for the broker, and with a broker its callback is there at once."""

import base64
import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from callbacks.models import Callback
from intake.models import DeliveryJob
from intake.models.job import JobState
from tests.intake.reports import article_signature, as_bytes, report, stored
from tests.live_desk import LiveDesk, desk_environment, process, running_desk
from tests.waiting import becomes_true

pytestmark = pytest.mark.django_db(transaction=True)

# spec/security.md §3: an answer under 250 ms with the broker down.
LONGEST_ANSWER_SECONDS = 0.250
# spec/product.md: the callback is there within two seconds of the report.
LONGEST_OPENING_SECONDS = 2
CANARIES = ("Zqxname", "2025550177", "0177", "Zqxwords")


def ask(desk: LiveDesk, **asked) -> float:
    """Post one report; the seconds its answer took."""
    body = as_bytes(report(**asked))
    headers = article_signature(body)
    started = time.monotonic()
    answer = desk.post(body, headers)
    assert answer.status == 200, answer
    return time.monotonic() - started


def assert_quick(desk: LiveDesk) -> None:
    ask(desk)
    assert statistics.median(ask(desk) for _ in range(20)) < LONGEST_ANSWER_SECONDS


@contextmanager
def silent_broker() -> Iterator[str]:
    """A broker that takes connections and never says a word: what a stopped process looks like."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        taking = threading.Thread(target=take)
        taking.start()
        try:
            yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            taking.join()
            for connection in taken:
                connection.close()


def test_without_a_broker_the_answer_is_quick_and_the_work_is_kept(live_desk, cast):
    assert_quick(live_desk)
    assert stored() == (21, 21, 0)


def test_with_a_broker_that_never_answers_the_answer_is_quick(postgres, cast, tmp_path):
    with (
        silent_broker() as url,
        running_desk(desk_environment(postgres, tmp_path, REDIS_URL=url), tmp_path / "web.log") as desk,
    ):
        assert_quick(desk)
        assert desk.ask("GET", "/health").status == 200


@pytest.fixture
def desk_with_worker(postgres, valkey, cast, tmp_path) -> Iterator[LiveDesk]:
    environment = desk_environment(postgres, tmp_path, REDIS_URL=valkey.url)
    # Workers keep connections instead of pools (config.settings.base).
    outside_web = {**environment, "RINGBACK_DATABASE_POOL": "0"}
    command = ["-m", "celery", "-A", "config.celery", "--quiet", "worker", "-P", "solo", "--without-mingle"]
    with redis.Redis.from_url(valkey.url) as broker:
        broker.flushall()
        with (
            process(command, outside_web, tmp_path / "worker.log") as worker,
            running_desk(environment, tmp_path / "web.log") as desk,
        ):

            def works() -> bool:
                assert worker.poll() is None, (tmp_path / "worker.log").read_text()
                return bool(broker.exists("ringback:pulse:worker"))

            assert becomes_true(works), (tmp_path / "worker.log").read_text()
            yield desk


def test_with_a_worker_the_callback_is_there_within_two_seconds(desk_with_worker, tmp_path):
    ask(desk_with_worker, patientFirstName="Zqxname", callbackNumber="+12025550177", preferredTime="Zqxwords")
    assert becomes_true(lambda: Callback.objects.count() == 1, within=LONGEST_OPENING_SECONDS)
    assert becomes_true(lambda: not DeliveryJob.objects.exclude(state=JobState.DONE).exists())
    for name in ("web.log", "worker.log"):
        assert not any(canary in (tmp_path / name).read_text() for canary in CANARIES)


def test_the_broker_is_told_ids_and_nothing_else(postgres, valkey, cast, tmp_path):
    """Nobody takes the rings here, so that they can be read."""
    environment = desk_environment(postgres, tmp_path, REDIS_URL=valkey.url)
    with (
        redis.Redis.from_url(valkey.url) as broker,
        running_desk(environment, tmp_path / "web.log") as desk,
    ):
        broker.flushall()
        ask(desk, patientFirstName="Zqxname", callbackNumber="+12025550177", preferredTime="Zqxwords")
        assert becomes_true(lambda: broker.llen("ringback:celery") == 1)
        assert all(key.startswith(b"ringback:") for key in broker.scan_iter())
        (ring,) = broker.lrange("ringback:celery", 0, -1)
        content = everything_in(broker)
        broker.flushall()
    message = json.loads(ring)
    arguments, named, _ = json.loads(base64.b64decode(message["body"]))
    assert (arguments, named) == ([str(DeliveryJob.objects.get().pk)], {})
    assert not any(canary in content for canary in CANARIES)


def everything_in(broker: redis.Redis) -> str:
    """All keys and values of the broker, with what is base64 in them also opened."""
    found = []
    for key in broker.scan_iter():
        kind = broker.type(key)
        read = {b"list": lambda key=key: broker.lrange(key, 0, -1), b"set": lambda key=key: broker.smembers(key)}
        found.append((key, read[kind]() if kind in read else broker.dump(key)))
    text = repr(found)
    bodies = [json.loads(ring)["body"] for ring in broker.lrange("ringback:celery", 0, -1)]
    return text + "".join(base64.b64decode(body).decode() for body in bodies)
