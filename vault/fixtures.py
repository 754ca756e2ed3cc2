"""Vault's fixtures: `loaddata` takes back the ciphertext that `dumpdata` wrote, and nothing else.

A raw save writes attributes as they are, past `pre_save`. Here each sealed attribute is checked against its row and
stands as its token while the row is written.
"""

from typing import Any

from django.db import models
from django.db.models import signals

from vault.fields import sealed_fields


def offer_tokens(sender: type[models.Model], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    """Before a raw save. Raises SealBrokenError for a value that is not this row's: nothing is written."""
    del kwargs
    if raw:
        for field in sealed_fields(sender):
            instance.__dict__[field.attname] = field.pre_save(instance, add=True)


def take_back_tokens(sender: type[models.Model], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    """After a raw save: the attributes are sealed values again."""
    del kwargs
    if raw:
        for field in sealed_fields(sender):
            token = instance.__dict__[field.attname]
            instance.__dict__[field.attname] = field.take(field.to_python(token), row_id=instance.pk)


def connect() -> None:
    signals.pre_save.connect(offer_tokens, dispatch_uid="vault.fixtures.offer_tokens")
    signals.post_save.connect(take_back_tokens, dispatch_uid="vault.fixtures.take_back_tokens")
