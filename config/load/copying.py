"""Config's load, copying: rows of a model by COPY, as many a second as the database takes."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

Row = Mapping[str, Any]


class CopiedTable:
    """One model's table. A row names what it has; the rest is the model's default, or the database's."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [field for field in model._meta.concrete_fields if field.db_default is NOT_PROVIDED]
        self._defaults = [(field.attname, field.get_default()) for field in fields]
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in fields)
        self._copy = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"

    def add(self, rows: Iterable[Row]) -> None:
        """Copy the rows, in the transaction that is open."""
        with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            for row in rows:
                copy.write_row([row.get(name, default) for name, default in self._defaults])
