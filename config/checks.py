"""Config's checks: what a settings file of the operator's own must not undo, found by `check --deploy`."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

_DELIVERING = "django.core.mail.backends.smtp.EmailBackend"
_QUICK_HASHERS = ("MD5", "Unsalted", "SHA1", "tests.")


def check_deployment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """A deployed desk is no demo, has named hosts, sends mail to people and not to a log, and hashes slowly."""
    del app_configs, kwargs
    if settings.DEMO:
        yield checks.Error("DEMO is on: demo accounts could sign in.", id="config.E001")
    if any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield checks.Error("ALLOWED_HOSTS holds a wildcard: links could be made for a forged host.", id="config.E002")
    if settings.EMAIL_BACKEND != _DELIVERING:
        yield checks.Error("EMAIL_BACKEND writes mail where nobody reads it, or everybody.", id="config.E003")
    if any(word in hasher for hasher in settings.PASSWORD_HASHERS for word in _QUICK_HASHERS):
        yield checks.Error("PASSWORD_HASHERS holds a quick one: stolen hashes would be guessed.", id="config.E004")
    if settings.ADMINS or settings.MANAGERS:
        yield checks.Error("ADMINS or MANAGERS is set: error mail carries what people typed.", id="config.E005")
