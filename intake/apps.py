"""Intake's application; registers deliveries as work that relay, sweep and drain find, and what it knows of calls."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "intake"
    verbose_name = "Intake"

    def ready(self) -> None:
        from accounts.providers import register_screen
        from audit.providers import register_references
        from callbacks.crm.calls import register_calls
        from callbacks.providers import register_call_notices
        from intake import checks
        from intake.queries.quality import call_notices
        from intake.references import list_calls, resolve_reference
        from intake.screen.words import holds_patient_data
        from intake.services.opening import DeliveryWork
        from lib.jobs import register_work_source

        checks.register_checks()
        register_work_source(DeliveryWork())
        register_references(resolve_reference)
        register_call_notices(call_notices)
        register_calls(list_calls)
        register_screen(holds_patient_data)
