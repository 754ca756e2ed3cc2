"""Callbacks' notices: what a person must know about a callback before doing anything; sentences without patient data."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from callbacks.models import Callback, Change
from callbacks.providers import call_notices
from callbacks.queries.changes import ASKED_FOR, ago, tell_change, unfinished_dials
from callbacks.queries.contact_rules import ContactRules
from callbacks.queries.rows import when
from callbacks.queries.words import CALLBACK_FLAGS, FLAGS
from callbacks.scheduling.due import PromiseFlag
from callbacks.scheduling.ladder import can_leave_voicemail
from callbacks.services.attempts import past_attempts
from callbacks.states import CallbackFlag, Command, Status

# What others may do under a holder's hands without making their form outdated.
NEWS = (Command.ATTACH_REPEAT, Command.RECORD_LATE_OUTCOME)
TAKEN = (Command.TAKE_OVER, Command.REASSIGN, Command.ESCALATE)


def notices_for(callback: Callback, rules: ContactRules, *, user: User, is_mine: bool, now: datetime) -> list[str]:
    """Everything of interest, the most pressing first; nothing about a closed callback but that it was taken away."""
    found = [] if is_mine else list(_taken_away(callback, user, now))
    if callback.status == Status.CLOSED:
        return found
    found += _unfinished(callback, user, now)
    found += _wishes(callback, rules, now)
    found += _neighbours(callback)
    # The unfinished call is told above, with whose it was.
    found += [flag_sentence(flag) for flag in callback.flags if flag != CallbackFlag.UNFINISHED_CALL]
    found += call_notices(callback.pk)
    return found


def news_for(public_id: UUID, *, user: User) -> list[str]:
    """What happened to a held callback since the person claimed it; also read by the heartbeat, so ids only."""
    since = Change.objects.filter(callback_id=public_id, command__in=NEWS, made_at__gte=F("callback__claimed_at"))
    changes = since.exclude(staff=user).select_related("staff", "person").order_by("made_at")
    return [f"{tell_change(change)}." for change in changes]


def flag_sentence(flag: str) -> str:
    """What a flag of the callback or of its promise means."""
    return str(CALLBACK_FLAGS[CallbackFlag(flag)] if flag in set(CallbackFlag) else FLAGS[PromiseFlag(flag)])


def _taken_away(callback: Callback, user: User, now: datetime) -> Iterator[str]:
    """The last thing that happened, if it took the callback out of this person's hands in the middle of their work."""
    changes = callback.changes.filter(made_at__gt=now - ASKED_FOR).exclude(command__in=NEWS)
    last = changes.select_related("staff", "person").order_by("-made_at", "-pk").first()
    if last is None or last.command not in TAKEN or last.staff == user:
        return
    if last.person == user if last.command == Command.TAKE_OVER else callback.drafts.filter(staff=user).exists():
        told, since = tell_change(last), ago(last.made_at, now)
        yield _("%(what)s %(ago)s. What you typed is kept.") % {"what": told, "ago": since}


def _unfinished(callback: Callback, user: User, now: datetime) -> Iterator[str]:
    live = callback.claimed_by_id if callback.lease_expires_at and callback.lease_expires_at > now else None
    for dial in unfinished_dials(now).filter(callback=callback):
        if dial.staff is None or dial.staff_id == live:
            continue
        clock = when(dial.made_at, callback, now)
        if dial.staff == user:
            yield _("You dialled %(when)s and did not say how the call ended. Say it below.") % {"when": clock}
        elif CallbackFlag.UNFINISHED_CALL in callback.flags or callback.dial_started_at is not None:
            yield _("%(who)s dialled %(when)s and did not say how the call ended.") % {
                "who": dial.staff.display_name,
                "when": clock,
            }


def _wishes(callback: Callback, rules: ContactRules, now: datetime) -> Iterator[str]:
    if rules.do_not_call:
        yield _("Do not call: somebody on this number asked not to be called.")
    if rules.only_hours is not None:
        yield _("Call %(hours)s only: the caller asked for it.") % {"hours": rules.hours_text}
    if rules.alternative is not None:
        yield _("The caller asked to be called on another number; it is the one shown here.")
    if bar := voicemail_bar(callback, rules, now):
        yield bar
    if rules.no_sms:
        yield _("No text messages: the caller asked for none.")


def voicemail_bar(callback: Callback, rules: ContactRules, now: datetime) -> str:
    """Why no voicemail may be left now; "" when one may."""
    if rules.no_voicemail:
        return _("No voicemail: the caller asked for none.")
    if not can_leave_voicemail(past_attempts(callback), now):
        return _("No further voicemail now: two at most, a day apart.")
    return ""


def _neighbours(callback: Callback) -> Iterator[str]:
    """People who share a number are never merged, and nobody is told of the other."""
    if not callback.caller.is_recognisable:
        return
    others = Callback.objects.filter(clinic_id=callback.clinic_id, caller__phone_index=callback.caller.phone_index)
    refs = [other.ref for other in others.exclude(status=Status.CLOSED).exclude(caller_id=callback.caller_id)[:5]]
    if refs:
        yield _(
            "Somebody else can be reached on this number too (%(refs)s). Ask for this caller by name, and mention nobody else."
        ) % {"refs": ", ".join(refs)}
