"""Vault's rows: the query set of models with sealed fields; it refuses the one write that fields cannot see."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from django.core.exceptions import FieldError
from django.db import models

from vault.fields import sealed_fields

Row = TypeVar("Row", bound=models.Model)


class SealedQuerySet(models.QuerySet[Row]):
    """`objects = SealedQuerySet.as_manager()` on every model with a sealed field (check vault.E007)."""

    def bulk_create(
        self,
        objs: Iterable[Row],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Row]:
        """As Django's. Raises FieldError for an upsert that would put a value sealed for the new row into the old one,
        where it opens no more: only a conflict on the primary key keeps the row a value was sealed for.
        """
        if update_conflicts and not self._conflicts_on_key(unique_fields):
            sealed = {field.attname for field in sealed_fields(self.model)}.intersection(update_fields or ())
            if sealed:
                raise FieldError(
                    f"{', '.join(sorted(sealed))}: an upsert writes sealed fields only on a conflict of the primary key"
                )
        return super().bulk_create(
            objs,
            batch_size=batch_size,
            ignore_conflicts=ignore_conflicts,
            update_conflicts=update_conflicts,
            update_fields=update_fields,
            unique_fields=unique_fields,
        )

    def _conflicts_on_key(self, unique_fields: Collection[str] | None) -> bool:
        key = self.model._meta.pk
        return {*(unique_fields or ())} <= {"pk", key.name} and bool(unique_fields)
