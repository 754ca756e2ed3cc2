"""Vault's sealed value: what a sealed field's attribute holds. It shows itself to nobody (decision 5)."""

from typing import Any, NoReturn
from uuid import UUID

SHOWN = "[sealed]"


class Sealed:
    """An unreadable value of one field of one row. str, repr and templates show `[sealed]`; pickle and JSON refuse.

    `row_id` is None only between the database and the model instance that takes it over.
    """

    __slots__ = ("label", "row_id", "token")

    def __init__(self, token: str, *, label: str, row_id: UUID | None) -> None:
        self.token = token
        self.label = label
        self.row_id = row_id

    def bound_to(self, row_id: UUID) -> "Sealed":
        return Sealed(self.token, label=self.label, row_id=row_id)

    def __str__(self) -> str:
        return SHOWN

    def __repr__(self) -> str:
        return SHOWN

    def __format__(self, format_spec: str) -> str:
        return SHOWN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __copy__(self) -> "Sealed":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Sealed":
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a sealed value cannot be pickled, cached or sent as a task argument; pass the row's id")
