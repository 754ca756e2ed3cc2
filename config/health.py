"""Config's health pages for monitors and balancers; no patient data, no detail that helps an attacker."""

import redis
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from audit.policy import not_audited
from audit.sealing.watch import LATE_AFTER, seal_lag
from config.pulse import STALE_AFTER_SECONDS, ages
from lib import clock


@not_audited("Says that the process lives; touches no data.")
@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """`GET /health`: the process answers. Touches neither database nor broker."""
    del request
    return JsonResponse({"status": "healthy", "timestamp": clock.now().isoformat()})


@not_audited("Says which parts of the desk answer; touches no patient data.")
@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """`GET /health/ready`: 200 when database, broker, worker and beat are all fresh, else 503 naming what is not.

    `warnings` names what somebody must mend while the desk goes on: a late sealer is an alarm, and turning callers away
    would not make it earlier.
    """
    del request
    checks = {"database": _database_answers(), **_broker_and_workers()}
    is_ready = all(checks.values())
    body = {
        "status": "ready" if is_ready else "not ready",
        "timestamp": clock.now().isoformat(),
        "checks": {name: "ok" if fine else "failing" for name, fine in checks.items()},
        "warnings": [] if not checks["database"] or _is_sealed_in_time() else ["sealer"],
    }
    response = JsonResponse(body, status=200 if is_ready else 503)
    # For Django's own log: whoever asks reads the answer, and each start would be told as a handful of errors.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's mark
    return response


def _database_answers() -> bool:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _is_sealed_in_time() -> bool:
    try:
        return seal_lag() <= LATE_AFTER
    except DatabaseError:
        return False


def _broker_and_workers() -> dict[str, bool]:
    try:
        seen = ages()
    except redis.RedisError:
        return {"broker": False, "worker": False, "beat": False}
    return {"broker": True} | {name: age is not None and age < STALE_AFTER_SECONDS for name, age in seen.items()}
