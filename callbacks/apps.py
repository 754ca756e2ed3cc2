"""Callbacks' application; tells the trail what CB-1042 stands for, hears when people leave, and tells CRMs."""

from importlib import import_module

from django.apps import AppConfig


class CallbacksConfig(AppConfig):
    name = "callbacks"
    verbose_name = "Callbacks"

    def ready(self) -> None:
        from audit.providers import register_labels, register_recipients, register_references
        from callbacks.crm.sync import CrmWork
        from callbacks.crm.wanting import connect_wanting
        from callbacks.hours_edits import connect_hours
        from callbacks.leaving import connect_hooks
        from callbacks.references import label_recipients, label_records, resolve_reference
        from lib.jobs import register_work_source

        # What may be found is declared at import; the officer's page needs the words, whatever process found it.
        import_module("callbacks.findings")
        import_module("callbacks.crm.findings")
        register_references(resolve_reference)
        register_labels(label_records)
        register_recipients(label_recipients)
        connect_hooks()
        connect_hours()
        connect_wanting()
        register_work_source(CrmWork())
