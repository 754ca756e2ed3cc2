"""Vault's reveal: the only function that opens patient data, and only after the trail knows about it."""

from typing import Protocol
from uuid import UUID

from audit.events import Tag
from audit.recording import record_read
from audit.scope import Subject, current_scope
from vault.envelope import open_text
from vault.sealed import Sealed


class HasSealedFields(Protocol):
    """A model with sealed fields says whose data it holds and which record it is."""

    pk: UUID

    @property
    def audit_subject(self) -> Subject: ...

    @property
    def audit_object(self) -> Subject: ...

    @property
    def audit_clinic_id(self) -> UUID | None: ...


def reveal(record: HasSealedFields, *fields: str, tag: Tag | None = None) -> tuple[str | None, ...]:
    """Open `fields` of `record`, in order; None where the field is empty.

    Records first: the actor of this moment, the subject, the object and every field that holds something. Raises
    NoAuditScopeError outside an open scope, SealBrokenError when a value is not this row's or was changed.
    """
    values: list[Sealed | None] = [getattr(record, name) for name in fields]
    opened = [name for name, value in zip(fields, values, strict=True) if value is not None]
    # Nothing to open is nothing seen; outside a scope it is refused all the same.
    scope = current_scope()
    if opened:
        record_read(
            subject=record.audit_subject,
            obj=record.audit_object,
            fields=opened,
            clinic_id=record.audit_clinic_id,
            tag=tag,
        )
    plain = tuple(
        None if value is None else open_text(value.token, label=value.label, row_id=record.pk) for value in values
    )
    scope.opened_fields += len(opened)
    return plain
