"""Puts what the assistant extracted through the screen, key by key, before anything of it is read."""

from collections.abc import Mapping
from dataclasses import dataclass

from intake.screen import LONGEST_SCREENED, Field, Kind, screen_text
from intake.sources.vapi.text import clean_text

# A number in the company of these may be one of them, and is not dialled.
_NUMBERS_OF_A_PERSON = frozenset({Kind.SSN, Kind.MRN, Kind.MEMBER_ID, Kind.DOB, Kind.LONG_NUMBER, Kind.LONG_TEXT})


@dataclass(frozen=True, slots=True)
class Removals:
    """What the screen found under which allowed key; kinds and names of keys, never a value."""

    by_key: Mapping[str, tuple[Kind, ...]]

    def __contains__(self, field: Field) -> bool:
        return field.value in self.by_key

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(sorted(self.by_key))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(sorted({kind for kinds in self.by_key.values() for kind in kinds}))

    @property
    def spare_the_number(self) -> bool:
        """Whether a number to call may be read out of the text: nothing beside it looks like another kind of number."""
        return _NUMBERS_OF_A_PERSON.isdisjoint(self.by_key.get(Field.CALLBACK_NUMBER, ()))


def screen_values(values: Mapping[str, object], *, this_year: int) -> Removals:
    """Return what has to be removed. Whatever is kept of a value lies within the part of it that is screened here."""
    found = {}
    for field in Field:
        value = values.get(field.value)
        if isinstance(value, str):
            text = clean_text(value, longest=LONGEST_SCREENED + 1)
            kinds = screen_text(text, field=field, this_year=this_year).kinds
            if kinds:
                found[field.value] = kinds
    return Removals(by_key=found)
