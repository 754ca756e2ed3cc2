"""Config's application: commands and pages that belong to the whole house."""

from django.apps import AppConfig
from django.core import checks


class ConfigAppConfig(AppConfig):
    name = "config"
    verbose_name = "Ringback"

    def ready(self) -> None:
        # Every process that runs Django rings the same doorbell: without this, Celery would knock at its default broker.
        from config import celery  # noqa: F401 - importing makes it the current app
        from config.checks import check_deployment

        checks.register(check_deployment, checks.Tags.security, deploy=True)
