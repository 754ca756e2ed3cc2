"""Vault's boot checks: a sealed field that could not be kept is an error before the first request."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from lib.keyring import field_keys, index_keys
from vault.fields import sealed_fields
from vault.rows import SealedQuerySet


def check_sealed_fields(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """Each sealed field has its own label, no index or uniqueness, and a row id made before saving."""
    del app_configs, kwargs
    problems: list[checks.CheckMessage] = []
    labels: dict[str, str] = {}
    for model in apps.get_models():
        for field in sealed_fields(model):
            name = f"{model._meta.label}.{field.attname}"
            options: Any = field
            if not field.aad_label or field.aad_label in labels:
                problems.append(checks.Error(f"{name} needs an aad_label of its own.", id="vault.E001"))
            labels[field.aad_label] = name
            if options.unique or options.db_index:
                problems.append(
                    checks.Error(f"{name} cannot be indexed or unique; use a blind index.", id="vault.E002")
                )
            key = model._meta.pk
            if not isinstance(key, models.UUIDField) or not key.has_default():
                problems.append(checks.Error(f"{name} needs a UUID primary key with a default.", id="vault.E003"))
            if not isinstance(model._default_manager.all(), SealedQuerySet):
                problems.append(
                    checks.Error(f"{model._meta.label} needs objects = SealedQuerySet.as_manager().", id="vault.E007")
                )
            problems += [
                checks.Error(f"{model._meta.label} must say its {duty}.", id="vault.E004")
                for duty in ("audit_subject", "audit_object", "audit_clinic_id")
                if not hasattr(model, duty)
            ]
    return problems


def check_key_ring(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[checks.CheckMessage]:
    """Both rings hold well-formed keys, and no key serves both duties."""
    del app_configs, kwargs
    try:
        field_ids = {key.key_id for key in field_keys().keys}
        index_ids = {key.key_id for key in index_keys().keys}
    except ImproperlyConfigured as problem:
        return [checks.Error(str(problem), id="vault.E005")]
    if field_ids & index_ids:
        return [checks.Error("A key serves both FIELD_ENCRYPTION_KEY and FIELD_INDEX_KEY.", id="vault.E006")]
    return []


def register_checks() -> None:
    checks.register(check_sealed_fields)
    checks.register(check_key_ring)
