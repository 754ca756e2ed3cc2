"""Callbacks' application; tells the trail what CB-1042 stands for, and hears when people leave."""

from django.apps import AppConfig


class CallbacksConfig(AppConfig):
    name = "callbacks"
    verbose_name = "Callbacks"

    def ready(self) -> None:
        from audit.providers import register_labels, register_references
        from callbacks.leaving import connect_hooks
        from callbacks.references import label_records, resolve_reference

        register_references(resolve_reference)
        register_labels(label_records)
        connect_hooks()
