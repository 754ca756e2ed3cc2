"""Vault's application."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "vault"
    verbose_name = "Vault"

    def ready(self) -> None:
        from vault import checks, fixtures

        checks.register_checks()
        fixtures.connect()
