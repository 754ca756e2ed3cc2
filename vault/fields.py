"""Vault's fields: django-encrypted-model-fields' classes with everything that decrypts replaced (decisions 3 to 6).

Assigning text seals it at once, for this field and this row; reading the attribute gives a Sealed; only vault.reveal
opens it. Forms do not pick sealed fields up, filters on them are refused, and a value of another row cannot be saved.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from encrypted_model_fields.fields import EncryptedCharField, EncryptedTextField

from vault.envelope import check_token, key_id_of, seal_text
from vault.sealed import Sealed


class _OwnToken(str):
    """A token that `pre_save` found to be of this field and this row: the only text that reaches the column."""

    __slots__ = ()


class SealedAttribute(DeferredAttribute):
    """The attribute of a sealed field: seals what is assigned, binds what the database gave to its row."""

    # A SealedField; its own __get__ below is for attributes of models, not for this one.
    field: Any

    def __set__(self, instance: models.Model, value: object) -> None:
        if isinstance(value, Sealed) and value.row_id is None and not instance._state.adding:
            # Only a row being loaded takes values that name no row; one of values() may be anybody's.
            raise TypeError(f"{self.field.aad_label}: this value came without its row; load the row and reveal it")
        instance.__dict__[self.field.attname] = self.field.take(value, row_id=instance.pk)


class SealedField:
    """Mixin over an Encrypted*Field. `aad_label` is fixed for ever: it is part of what is authenticated, so renaming
    the model or the field must not change it.
    """

    descriptor_class = SealedAttribute
    if TYPE_CHECKING:
        # What an attribute of this field gives and takes; at run time SealedAttribute stands there.
        def __get__(self, instance: models.Model | None, owner: Any = None) -> Sealed | None: ...

        def __set__(self, instance: models.Model, value: str | Sealed | None) -> None: ...

    aad_label: str
    max_length: int | None
    attname: str

    def __init__(self, *args: Any, aad_label: str = "", **kwargs: Any) -> None:
        self.aad_label = aad_label
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def take(self, value: object, *, row_id: object) -> Sealed | None:
        """What an assignment stores: None, a value of this very row and field, or text sealed for it.

        Raises TypeError for anything else (an F() expression would copy another column's ciphertext), ValueError for
        text that is too long.
        """
        if value is None:
            return None
        if not isinstance(row_id, UUID):
            raise TypeError(f"{self.aad_label}: a sealed field needs the row's UUID before it takes a value")
        if isinstance(value, Sealed):
            if value.label != self.aad_label:
                raise TypeError(f"{self.aad_label}: this sealed value belongs to another field")
            return value.bound_to(row_id) if value.row_id is None else value
        if not isinstance(value, str):
            raise TypeError(f"{self.aad_label}: a sealed field takes text or None, not {type(value).__name__}")
        if self.max_length is not None and len(value) > self.max_length:
            raise ValueError(f"{self.aad_label}: longer than {self.max_length} characters")
        return Sealed(seal_text(value, label=self.aad_label, row_id=row_id), label=self.aad_label, row_id=row_id)

    # Out of the database: never opened.
    def from_db_value(self, value: str | None, *args: object) -> Sealed | None:
        del args
        return None if value is None else Sealed(value, label=self.aad_label, row_id=None)

    def to_python(self, value: object) -> Sealed | None:
        """What `loaddata` read: an envelope stays shut, and text that is none raises FieldError."""
        if value is None or isinstance(value, Sealed):
            return value
        if isinstance(value, str) and key_id_of(value):
            return Sealed(value, label=self.aad_label, row_id=None)
        raise FieldError(f"{self.aad_label}: a sealed field does not convert text; assign it to the attribute")

    # Into the database: only what is sealed for this field and this row, and only by saving the row. A sealed value or
    # an expression in QuerySet.update() would put one row's ciphertext into another and destroy what was there.
    def pre_save(self, instance: models.Model, add: bool) -> str | None:
        """The token to write. Raises FieldError for another row's value, SealBrokenError for a new row's that is no
        seal of its own; a stored one that no longer opens is kept as it is.
        """
        value: Sealed | None = getattr(instance, self.attname)
        if value is None:
            return None
        if value.row_id != instance.pk:
            raise FieldError(f"{self.aad_label}: this value was sealed for another row; reveal it and assign it anew")
        if add:
            check_token(value.token, label=self.aad_label, row_id=instance.pk)
        return _OwnToken(value.token)

    def get_prep_value(self, value: object) -> str | None:
        if value is None or isinstance(value, _OwnToken):
            return value
        raise FieldError(f"{self.aad_label}: only saving its row writes a sealed field")

    def get_db_prep_value(self, value: object, connection: object, prepared: bool = False) -> str | None:
        del connection, prepared
        return self.get_prep_value(value)

    def get_db_prep_save(self, value: object, connection: object) -> str | None:
        del connection
        return self.get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str | None:
        """Serialisation (dumpdata) writes the ciphertext."""
        value: Sealed | None = getattr(obj, self.attname)
        return None if value is None else value.token

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return models.Field.get_lookup(self, lookup_name)  # type: ignore[arg-type]
        raise FieldError(f"{self.aad_label}: a sealed field cannot be searched by {lookup_name}; use its blind index")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.aad_label}: a sealed field has no transform {lookup_name}")

    # Away from people.
    def formfield(self, **kwargs: Any) -> None:
        """No form picks a sealed field up by itself: forms name their fields one by one (decision 5)."""
        del kwargs

    def clean(self, value: object, model_instance: models.Model | None) -> object:
        """Length was checked when the text was sealed; nothing here could be read to be validated."""
        del model_instance
        return value

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kwargs["aad_label"] = self.aad_label
        kwargs.pop("editable", None)
        if self.max_length is not None:
            kwargs["max_length"] = self.max_length
        return name, path, args, kwargs


class SealedCharField(SealedField, EncryptedCharField):  # type: ignore[misc]  # the base is untyped
    """Sealed short text; `max_length` counts characters of the plain text."""


class SealedTextField(SealedField, EncryptedTextField):  # type: ignore[misc]  # the base is untyped
    """Sealed text; give it a `max_length` all the same: input from outside is capped."""


def sealed_fields(model: type[models.Model]) -> list[SealedField]:
    """The sealed fields of a model, in their order."""
    return [field for field in model._meta.get_fields() if isinstance(field, SealedField)]
