"""Callbacks' view through an emergency access: everything of one callback, read only, and every opened field recorded."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from audit.events import EMERGENCY_VIEWED
from callbacks.models import Callback
from callbacks.queries.contact_rules import rules_of
from callbacks.queries.numbers import readable_number
from callbacks.queries.rows import BadgeView, appointment_label, badge_view, holder_of, their_time, when
from callbacks.queries.timeline import TimelineEntry, build_timeline
from callbacks.queries.words import WINDOWS
from callbacks.requests import PreferredWindow
from vault.reveal import reveal


@dataclass(frozen=True, kw_only=True)
class EmergencyView:
    """What the page shows; texts only, and no act on the callback."""

    ref: str
    badge: BadgeView
    holder: str
    first_name: str = field(repr=False)
    number: str = field(repr=False)
    called_from: str = field(repr=False)
    alternative: str = field(repr=False)
    caller_words: str = field(repr=False)
    wants: str
    asked_for: str
    their_time: str
    called_at: str
    promised_by: str
    timeline: list[TimelineEntry] = field(repr=False)


def build_emergency_view(callback: Callback, now: datetime) -> EmergencyView:
    """Lay one callback out for somebody whose emergency access to it is open. The caller has made sure of that."""
    first_name, number, called_from, words = reveal(
        callback, "first_name", "phone", "called_from", "preferred_words", tag=EMERGENCY_VIEWED
    )
    other = rules_of(callback, now).alternative
    alternative = reveal(other, "alt_number", tag=EMERGENCY_VIEWED)[0] if other is not None else None
    holder = holder_of(callback, now)
    return EmergencyView(
        ref=callback.ref,
        badge=badge_view(callback, now),
        holder=holder.display_name if holder else "",
        first_name=first_name or _("Caller"),
        number=_readable(number) or _("unknown"),
        called_from=_readable(called_from) or _("unknown"),
        alternative=_readable(alternative),
        caller_words=words or "",
        wants=appointment_label(callback),
        asked_for=str(WINDOWS[PreferredWindow(callback.preferred_window)]),
        their_time=their_time(callback, now) or _("unknown"),
        called_at=when(callback.received_at, callback, now),
        promised_by=when(callback.promised_by, callback, now),
        timeline=build_timeline(callback, now, with_notes=True),
    )


def _readable(number: str | None) -> str:
    return readable_number(number) if number else ""
