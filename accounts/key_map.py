"""Accounts' key map: what single keys do on the desk's pages, and the keys somebody chose instead (WCAG 2.1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from lib.errors import Refusal


@dataclass(frozen=True)
class KeyAct:
    """One thing a key does: its name, the key it has by default, and what it does in words."""

    name: str
    key: str
    says: Promise


# In the order of the sheet. Scripts and templates know an act by its default key: it stands for the act everywhere.
KEY_ACTS = (
    KeyAct("call_next", "n", gettext_lazy("Call next")),
    KeyAct("down", "j", gettext_lazy("Next row; next step of a call")),
    KeyAct("up", "k", gettext_lazy("Previous row; previous step of a call")),
    KeyAct("claim", "c", gettext_lazy("Claim")),
    KeyAct("apply", ".", gettext_lazy("Show what changed")),
    KeyAct("reveal", "r", gettext_lazy("Show the number")),
    KeyAct("dial", "d", gettext_lazy("Dial")),
    KeyAct("verified", "v", gettext_lazy("Verified: name and date of birth fit")),
    KeyAct("note", "m", gettext_lazy("Write a note")),
    KeyAct("agree", "t", gettext_lazy("Agreed time")),
    KeyAct("snooze", "s", gettext_lazy("Snooze")),
    KeyAct("give", "a", gettext_lazy("Give to a colleague")),
    KeyAct("concern", "e", gettext_lazy("Clinical concern (with Shift as well)")),
    KeyAct("undo", "u", gettext_lazy("Undo, within 30 seconds")),
    KeyAct("tick", "x", gettext_lazy("Tick the row (supervisors)")),
    KeyAct("go", "g", gettext_lazy("Go: then Q to the queue, M to what is mine, S to supervising")),
    KeyAct("lock", "l", gettext_lazy("Lock the desk")),
    KeyAct("help", "?", gettext_lazy("All keys")),
)
# These are the browser's or come with Ctrl, or are written on what they choose: nobody moves them.
FIXED_KEYS: tuple[tuple[str, Promise], ...] = (
    ("1-9", gettext_lazy("How the call ended")),
    ("Enter", gettext_lazy("Open the row")),
    ("Ctrl Enter", gettext_lazy("Save")),
    ("Esc", gettext_lazy("Leave a field; release the callback; back to the queue")),
)


class KeyRefusal(Refusal):
    """The keys cannot be as they were chosen; the sentence says which and why, `acts` names them."""

    code = "keys_refused"
    status = 422

    def __init__(self, sentence: str, *acts: KeyAct) -> None:
        self.acts = {act.name for act in acts}
        super().__init__(sentence)


@dataclass(frozen=True)
class KeyRow:
    """One act with somebody's key for it; `own` and `shown` are "" and a dash where they took the key away."""

    name: str
    default: str
    own: str
    shown: str
    says: str


def key_rows(own_keys: Mapping[str, str]) -> list[KeyRow]:
    """Every act with the key of somebody whose `own_keys` these are: names of acts with keys that differ."""
    rows = []
    for act in KEY_ACTS:
        own = own_keys.get(act.name, act.key)
        rows.append(KeyRow(act.name, act.key, own, own.upper() or "-", str(act.says)))
    return rows


def choose_keys(typed: Mapping[str, str]) -> dict[str, str]:
    """What to keep of keys somebody typed for acts by name: those that differ from the default; "" takes a key away.

    Raises KeyRefusal for what is no single key, for a digit, and for one key that would do two things.
    """
    chosen = {act.name: typed.get(act.name, act.key).strip().lower() for act in KEY_ACTS}
    taken: dict[str, KeyAct] = {}
    for act in KEY_ACTS:
        key = chosen[act.name]
        if not key:
            continue
        if len(key) > 1 or not key.isprintable():
            raise KeyRefusal(_("“%(act)s” needs one letter or sign, or none.") % {"act": act.says}, act)
        if key.isdigit():
            raise KeyRefusal(
                _("Digits choose how a call ended; take another key for “%(act)s”.") % {"act": act.says}, act
            )
        if key in taken:
            raise KeyRefusal(
                _("%(key)s would do two things: “%(one)s” and “%(other)s”. Nothing was changed.")
                % {"key": key.upper(), "one": taken[key].says, "other": act.says},
                taken[key],
                act,
            )
        taken[key] = act
    return {act.name: chosen[act.name] for act in KEY_ACTS if chosen[act.name] != act.key}
