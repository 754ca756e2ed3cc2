"""Config's pulse: when the worker and beat were last alive, kept in Redis as two timestamps for readiness."""

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings.jobs import REDIS_KEY_PREFIX
from lib import clock

WORKER = "worker"
# How the worker that waits for CRMs is called; its pulse is nobody's.
CRM_WORKER = "crm@"
BEAT = "beat"
# Two and a half turns of the heartbeat.
STALE_AFTER_SECONDS = 25
_TIMEOUT_SECONDS = 1


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        # The client's own retries take seconds; readiness wants to know now.
        retry=Retry(NoBackoff(), 0),
    )


def _key(process: str) -> str:
    return f"{REDIS_KEY_PREFIX}pulse:{process}"


def forget(redis_url: str) -> None:
    """Forget who was alive: before a desk starts its processes, pulses are those of an earlier one.

    Whoever is alive after all is heard again within one turn. Raises redis.RedisError when the broker is away.
    """
    with _client(redis_url) as client:
        client.delete(_key(WORKER), _key(BEAT))


def beat(process: str) -> None:
    """Note that `process` is alive now. Raises redis.RedisError when the broker is away."""
    with _client(settings.REDIS_URL) as client:
        client.set(_key(process), clock.now().timestamp(), ex=STALE_AFTER_SECONDS * 4)


def ages() -> dict[str, float | None]:
    """Seconds since each process was last alive; None when never or too long ago. Raises redis.RedisError."""
    with _client(settings.REDIS_URL) as client:
        seen = client.mget([_key(name) for name in (WORKER, BEAT)])
    present = clock.now().timestamp()
    return {
        name: None if raw is None else max(0.0, present - float(raw))
        for name, raw in zip((WORKER, BEAT), seen, strict=True)
    }
