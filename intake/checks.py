"""Intake's boot checks: a desk that would refuse every delivery says so before the first one comes."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from intake.models import Line, LineSecret
from intake.services.line_schemes import schemes_of
from intake.services.line_secrets import counting_secrets
from intake.signatures import SHORTEST_SECRET_BYTES, SecretKey
from lib import clock


def check_environment_secrets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """The default line has a secret, and none that could be guessed (settings refuse those at the start)."""
    del app_configs, kwargs
    if any(len(text.encode()) < SHORTEST_SECRET_BYTES for text in settings.VAPI_SERVER_SECRETS):
        return [checks.Error("VAPI_SERVER_SECRET holds an empty or short secret.", id="intake.E001")]
    if not settings.VAPI_SERVER_SECRETS:
        return [
            checks.Warning(
                "VAPI_SERVER_SECRET is not set: the default line answers 503 to every delivery.",
                hint="Set it, or give every assistant a line of its own in administration.",
                id="intake.W001",
            )
        ]
    return []


def check_lines(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[checks.CheckMessage]:
    """Each line in use has a secret that counts, a way of proof, and no secret of the environment.

    Asks the database, so it runs with `check --database default`.
    """
    del app_configs, kwargs
    if not databases or "default" not in databases:
        return []
    counting = LineSecret.objects.filter(counting_secrets(clock.now()))
    with_secret = set(counting.values_list("line", flat=True))
    problems: list[checks.CheckMessage] = []
    for line in Line.objects.in_use().filter(is_default=False):
        if line.pk not in with_secret:
            problems.append(
                checks.Warning(f"Line {line.pk} has no secret that counts: it refuses all.", id="intake.W002")
            )
        try:
            schemes_of(line)
        except ValueError as problem:
            problems.append(checks.Error(f"Line {line.pk} takes nothing: {problem}", id="intake.E002"))
    of_environment = [SecretKey.from_text(text).key_id for text in settings.VAPI_SERVER_SECRETS]
    if counting.filter(key_id__in=of_environment).exists():
        problems.append(
            checks.Error(
                "A line has a secret of the environment: nobody could tell their deliveries apart.", id="intake.E003"
            )
        )
    return problems


def register_checks() -> None:
    checks.register(check_environment_secrets)
    checks.register(check_lines, checks.Tags.database)
