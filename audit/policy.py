"""Audit's policy: every URL says whether it is recorded. Undecided is refused at run time and fails the build."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.urls import URLPattern, URLResolver, get_resolver

from audit.events import Tag

AnyView = TypeVar("AnyView", bound=Callable[..., Any])


@dataclass(frozen=True)
class Audited:
    """Each visit leaves at least one event; `tag` is the one for the page itself and for reads made by it."""

    tag: Tag


@dataclass(frozen=True)
class NotAudited:
    """Nothing of a person is shown or done here; `reason` says why in a sentence."""

    reason: str


Decision = Audited | NotAudited


def audited(tag: Tag) -> Callable[[AnyView], AnyView]:
    """Mark a view (function, class-based view class, or DRF view class) as recorded under `tag`."""

    def mark(view: AnyView) -> AnyView:
        view.audit_decision = Audited(tag)  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return mark


def not_audited(reason: str) -> Callable[[AnyView], AnyView]:
    """Mark a view as leaving no event. `reason` is read by auditors: a whole sentence."""

    def mark(view: AnyView) -> AnyView:
        view.audit_decision = NotAudited(reason)  # type: ignore[attr-defined]  # functions carry attributes
        return view

    return mark


def decision_of(view: Callable[..., Any]) -> Decision | None:
    """The decision on a resolved view; class-based views are asked on their class, wrappers on what they wrap."""
    seen: Any = view
    while seen is not None:
        for holder in (seen, getattr(seen, "view_class", None), getattr(seen, "cls", None)):
            decision = getattr(holder, "audit_decision", None)
            if isinstance(decision, Audited | NotAudited):
                return decision
        seen = getattr(seen, "__wrapped__", None)
    return None


def walk_views(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL of the project as (readable route, pattern), admin and DRF included."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk_views(entry, route)
        else:
            yield route, entry
