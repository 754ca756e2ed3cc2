"""`/health` lives whatever is away; `/health/ready` names what is."""

import json
from datetime import datetime, timedelta

import pytest
import redis
import time_machine

from config import pulse
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.live_desk import NO_BROKER


@pytest.fixture
def broker(valkey, settings):
    """This run's broker, without anybody's pulse."""
    settings.REDIS_URL = valkey.url
    with redis.Redis.from_url(valkey.url) as client:
        client.delete("ringback:pulse:worker", "ringback:pulse:beat")
        yield client
        client.delete("ringback:pulse:worker", "ringback:pulse:beat")


def readiness(client) -> tuple[int, dict[str, str]]:
    response = client.get("/health/ready")
    answer = response.json()
    assert datetime.fromisoformat(answer["timestamp"])
    assert answer["status"] == ("ready" if response.status_code == 200 else "not ready")
    assert "no-store" in response["Cache-Control"]
    return response.status_code, answer["checks"]


def test_alive_is_said_without_a_database_or_a_broker(client, settings):
    # No database fixture: any query would fail this test.
    settings.REDIS_URL = NO_BROKER
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json()["status"] == "healthy"
    assert datetime.fromisoformat(response.json()["timestamp"])
    assert set(response.json()) == {"status", "timestamp"}
    assert response.cookies == {}


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_monitors_only_look(client, db, broker, path):
    assert client.head(path).status_code in {200, 503}
    assert client.post(path).status_code == 405


def test_not_ready_is_an_answer_and_no_error_in_the_log(client, db, broker, caplog):
    assert client.get("/health/ready").status_code == 503
    assert not [record for record in caplog.records if record.name == "django.request"]


def test_everything_fresh_is_ready(client, db, broker):
    pulse.beat(pulse.WORKER)
    pulse.beat(pulse.BEAT)
    assert readiness(client) == (200, {"database": "ok", "broker": "ok", "worker": "ok", "beat": "ok"})


def test_a_late_sealer_is_named_and_turns_nobody_away(client, db, broker, monkeypatch):
    """How late it is, and how that is known, is tests/audit/sealing/test_watch.py's matter."""
    pulse.beat(pulse.WORKER)
    pulse.beat(pulse.BEAT)
    for lag, warnings in ((timedelta(seconds=60), []), (timedelta(seconds=61), ["sealer"])):
        monkeypatch.setattr("config.health.seal_lag", lambda lag=lag: lag)
        response = client.get("/health/ready")
        assert (response.status_code, response.json()["warnings"]) == (200, warnings)


def test_without_a_broker_nothing_behind_it_is_known(client, db, settings):
    settings.REDIS_URL = NO_BROKER
    status, checks = readiness(client)
    assert status == 503
    assert checks == {"database": "ok", "broker": "failing", "worker": "failing", "beat": "failing"}


def test_who_never_came_is_failing(client, db, broker):
    pulse.beat(pulse.WORKER)
    assert readiness(client) == (503, {"database": "ok", "broker": "ok", "worker": "ok", "beat": "failing"})


def test_who_is_silent_for_too_long_is_failing(client, db, broker):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        pulse.beat(pulse.WORKER)
        now.shift(timedelta(seconds=pulse.STALE_AFTER_SECONDS - 1))
        pulse.beat(pulse.BEAT)
        assert readiness(client)[0] == 200
        now.shift(timedelta(seconds=1))
        assert readiness(client)[1] == {"database": "ok", "broker": "ok", "worker": "failing", "beat": "ok"}


def test_a_clock_set_back_does_not_make_anybody_stale(client, db, broker):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        pulse.beat(pulse.WORKER)
        pulse.beat(pulse.BEAT)
        now.shift(timedelta(minutes=-10))
        assert readiness(client)[0] == 200
        assert pulse.ages()["worker"] == 0


def test_pulses_go_by_themselves_when_nobody_renews_them(broker):
    pulse.beat(pulse.WORKER)
    assert 0 < broker.ttl("ringback:pulse:worker") <= pulse.STALE_AFTER_SECONDS * 4
    assert float(broker.get("ringback:pulse:worker")) == pytest.approx(clock.now().timestamp(), abs=5)


def test_readiness_tells_a_stranger_no_detail(client, db, settings):
    settings.REDIS_URL = "redis://:Zqxpassword@127.0.0.1:1/0"
    text = json.dumps(client.get("/health/ready").json())
    assert not any(word in text for word in ("Zqxpassword", "127.0.0.1", "Error", "refused"))
