"""Accounts' words for rights: what each permission lets one do, and what stays closed without it, in plain sentences.

`/roles` is made of these and of accounts/roles.py alone, so the page cannot say anything else than what holds.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.roles import (
    ADMIN_PAGES,
    ADMINISTER,
    BREAK_GLASS,
    CLINICAL_WORK,
    CONFIGURE_CLINIC,
    PERMISSIONS,
    READ_TRAIL,
    SUPERVISE_CALLBACKS,
    VIEW_QUEUE,
    WORK_CALLBACKS,
)


@dataclass(frozen=True)
class Words:
    """`may` follows the role's name; `never` is what is true of a role without it ("" where others say it)."""

    may: Promise | str
    never: Promise | str = ""


WORDS: dict[str, Words] = {
    VIEW_QUEUE: Words(
        _("sees the clinic's queue: first names, times and why each call is due"),
        _("sees no caller, an emergency aside: no name, no number, no words of theirs"),
    ),
    WORK_CALLBACKS: Words(
        _("claims callbacks, sees their numbers, calls, and says how each call ended"),
        _("claims nothing and calls nobody"),
    ),
    CLINICAL_WORK: Words(
        _("reads what a caller said of their health, on a callback they hold"),
        _("does not read what a caller said of their health"),
    ),
    SUPERVISE_CALLBACKS: Words(
        _("takes over, gives away, reopens and decides for others; sees how calls and CRMs fare"),
        _("takes nothing out of a colleague's hands"),
    ),
    READ_TRAIL: Words(
        _(
            "reads who saw or did what, answers findings, judges emergencies, reviews and revokes roles, exports the trail"
        ),
        _("does not read the trail"),
    ),
    CONFIGURE_CLINIC: Words(
        _("sets opening hours, closed days and what follows an outcome"),
        _("sets no opening hours"),
    ),
    ADMINISTER: Words(
        _("gives and ends roles, invites and disables people, runs clinics and lines"),
        _("gives nobody a role, changes no clinic and no line"),
    ),
    BREAK_GLASS: Words(
        _(
            "opens one callback of the clinic in an emergency, for fifteen minutes; an officer is told at once and judges it"
        ),
    ),
}
# Administration's pages, a line for each kind of row; the actions are the same everywhere.
PAGES = {
    "accounts.user": _("people"),
    "accounts.clinic": _("clinics"),
    "accounts.membership": _("roles of people"),
    "callbacks.deskpolicy": _("the desk's rules"),
    "callbacks.ladderstep": _("what follows an outcome"),
    "callbacks.oncall": _("the people on call"),
    "callbacks.crmtarget": _("connections to CRMs"),
    "intake.line": _("lines of the voice assistant"),
}
ACTIONS = {"view": _("sees"), "add": _("makes"), "change": _("changes")}


@dataclass(frozen=True)
class Right:
    """One line of the table: a permission, or one kind of row in administration with its actions."""

    sentence: str
    strings: list[str]
    # A role's label and whether it holds them all, in the order of Role.
    held: list[tuple[str, bool]]


@dataclass(frozen=True)
class RoleCard:
    """One role in sentences."""

    value: str
    label: str
    may: list[str]
    never: list[str]


def role_cards() -> list[RoleCard]:
    """Every role: what its people may do, and what never."""
    return [
        RoleCard(
            value=role.value,
            label=str(role.label),
            may=[str(words.may) for permission, words in WORDS.items() if permission in PERMISSIONS[role]],
            never=[
                str(words.never)
                for permission, words in WORDS.items()
                if permission not in PERMISSIONS[role] and words.never
            ],
        )
        for role in Role
    ]


def rights() -> tuple[list[Right], list[Right]]:
    """(what pages of the desk ask for, what administration's pages ask for), each with who holds it."""
    desk = [Right(sentence_of(name), [name], _held([name])) for name in WORDS]
    pages = []
    for row, noun in PAGES.items():
        strings = [name for action in ACTIONS if (name := _page_right(row, action)) in ADMIN_PAGES]
        words = ", ".join(str(word) for action, word in ACTIONS.items() if _page_right(row, action) in strings)
        pages.append(Right(f"{words} {noun}", strings, _held(strings)))
    return desk, pages


def sentence_of(permission: str) -> str:
    """What a permission string lets one do. Raises KeyError for one that has no words: the law of the page finds it."""
    if permission in WORDS:
        return str(WORDS[permission].may)
    room, _dot, name = permission.partition(".")
    action, _line, model = name.partition("_")
    return f"{ACTIONS[action]} {PAGES[f'{room}.{model}']}"


def _page_right(row: str, action: str) -> str:
    room, _dot, model = row.partition(".")
    return f"{room}.{action}_{model}"


def _held(strings: list[str]) -> list[tuple[str, bool]]:
    return [(str(role.label), all(name in PERMISSIONS[role] for name in strings)) for role in Role]
