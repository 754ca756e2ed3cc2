"""`manage.py describe_endpoints`: writes the OpenAPI description of the endpoints for machines, for developers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Print the OpenAPI description of the endpoints for machines; it is kept in intake/openapi/openapi.json."

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        try:
            from intake.openapi.describing import as_text, describe_endpoints
        except ModuleNotFoundError as missing:
            raise CommandError(
                f"{missing.name} is not installed: a desk carries no generator, a checkout does."
            ) from None
        self.stdout.write(as_text(describe_endpoints()), ending="")
