"""Settings of Celery: Redis is only the doorbell; the truth of pending work is rows in PostgreSQL."""

from urllib.parse import urlsplit


def broker_url(redis_url: str) -> str:
    """Celery's spelling of REDIS_URL: `unix://:pw@/path?db=0` becomes `redis+socket://:pw@/path?virtual_host=0`."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host=0"


# Everything Ringback keeps in Redis starts with this; Celery gets it as its global prefix.
REDIS_KEY_PREFIX = "ringback:"

CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the hard time limit, or a slow task would run twice.
    "visibility_timeout": 120,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "global_keyprefix": REDIS_KEY_PREFIX,
}
# Waits for other people's servers, in a worker of its own: no hung CRM keeps a sweep from its turn.
CELERY_TASK_ROUTES = {"callbacks.tasks.sync_target": {"queue": "crm"}}
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
