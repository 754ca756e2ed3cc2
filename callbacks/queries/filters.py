"""Callbacks' filters: a narrower look at the queue by closed words, so that an address may hold them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from callbacks.queries.words import APPOINTMENTS, WINDOWS
from callbacks.requests import AppointmentType, PreferredWindow, Urgency


class Only(StrEnum):
    """What else callbacks can have in common."""

    URGENT = "urgent"
    REPEATED = "repeated"
    NOT_TRIED = "not_tried"
    TRIED = "tried"
    OTHER_LANGUAGE = "other_language"


ONLY_WORDS: dict[Only, Promise] = {
    Only.URGENT: gettext_lazy("Urgent words"),
    Only.REPEATED: gettext_lazy("Rang again"),
    Only.NOT_TRIED: gettext_lazy("Not tried yet"),
    Only.TRIED: gettext_lazy("Tried before"),
    Only.OTHER_LANGUAGE: gettext_lazy("Another language"),
}
_ONLY: dict[Only, Callable[[], Q]] = {
    Only.URGENT: lambda: Q(urgency=Urgency.URGENT.value),
    Only.REPEATED: lambda: Q(repeat_count__gt=1),
    Only.NOT_TRIED: lambda: Q(attempts_count=0),
    Only.TRIED: lambda: Q(attempts_count__gt=0),
    Only.OTHER_LANGUAGE: lambda: ~Q(language=""),
}


@dataclass(frozen=True)
class QueueFilter:
    """One value of each kind, "" for all of them."""

    reason: str = ""
    window: str = ""
    only: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "QueueFilter":
        """The filter of an address or a form; what is none of its words filters nothing."""

        def known(name: str, words: type[StrEnum]) -> str:
            value = asked.get(name, "")
            return str(value) if value in {word.value for word in words} else ""

        return cls(known("reason", AppointmentType), known("window", PreferredWindow), known("only", Only))

    @property
    def words(self) -> dict[str, str]:
        """What an address needs to find it again."""
        found = {"reason": self.reason, "window": self.window, "only": self.only}
        return {name: value for name, value in found.items() if value}

    @property
    def condition(self) -> Q:
        found = Q()
        if self.reason:
            found &= Q(appointment_type=self.reason)
        if self.window:
            found &= Q(preferred_window=self.window)
        if self.only:
            found &= _ONLY[Only(self.only)]()
        return found


@dataclass(frozen=True)
class FilterKind:
    """One kind of filter on the page: its name, its label, and its words: value, what it is called, whether chosen."""

    name: str
    label: str
    words: list[tuple[str, str, bool]]


def filter_kinds(chosen: QueueFilter) -> list[FilterKind]:
    def kind(name: str, label: str, words: Mapping[Any, Any]) -> FilterKind:
        said = [(str(word), str(words[word]), chosen.words.get(name) == word) for word in words]
        return FilterKind(name, label, said)

    return [
        kind("reason", _("Reason"), APPOINTMENTS),
        kind("window", _("Asked for"), WINDOWS),
        kind("only", _("Only"), ONLY_WORDS),
    ]
