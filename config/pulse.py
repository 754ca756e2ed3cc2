"""Config's pulse: when the worker and beat were last alive, kept in Redis as two timestamps for readiness."""

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from lib import clock

WORKER = "worker"
BEAT = "beat"
# Two and a half turns of the heartbeat.
STALE_AFTER_SECONDS = 25
_TIMEOUT_SECONDS = 1


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        # The client's own retries take seconds; readiness wants to know now.
        retry=Retry(NoBackoff(), 0),
    )


def beat(process: str) -> None:
    """Note that `process` is alive now. Raises redis.RedisError when the broker is away."""
    with _client() as client:
        client.set(f"{settings.REDIS_KEY_PREFIX}pulse:{process}", clock.now().timestamp(), ex=STALE_AFTER_SECONDS * 4)


def ages() -> dict[str, float | None]:
    """Seconds since each process was last alive; None when never or too long ago. Raises redis.RedisError."""
    with _client() as client:
        seen = client.mget([f"{settings.REDIS_KEY_PREFIX}pulse:{name}" for name in (WORKER, BEAT)])
    present = clock.now().timestamp()
    return {
        name: None if raw is None else max(0.0, present - float(raw))
        for name, raw in zip((WORKER, BEAT), seen, strict=True)
    }
