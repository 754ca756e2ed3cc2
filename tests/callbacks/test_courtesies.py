"""What staff are told before they dial: voicemails, families on one telephone, a caller who rang in meanwhile (§1, §2.9)."""

from datetime import timedelta

import pytest

from callbacks.models import RuleKind
from callbacks.scheduling.ladder import Outcome
from callbacks.services.closing import close_callback
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from callbacks.states import ClosedReason, Status
from lib import clock
from tests.callbacks.desk import call_next, claim, do, fresh, local, put_away, save
from tests.callbacks.pages import at
from tests.policies.callers import promise_call

NO_FURTHER = "No further voicemail now: two at most, a day apart."


def notices(cast, callback):
    """What the holder's page says first."""
    return cast.browser("ana").get(at(callback)).context["work"].notices


def leave_voicemail(cast, callback, tuesday, when):
    tuesday.move_to(local(when))
    put_away(callback, not_before=None)
    claim(callback, cast.ana)
    save(callback, cast.ana, Outcome.VOICEMAIL_LEFT)


class TestVoicemails:
    def test_are_two_at_most_and_a_day_apart(self, cast, dana, tuesday):
        assert NO_FURTHER not in notices(cast, dana)
        leave_voicemail(cast, dana, tuesday, "2026-11-24 10:30")
        tuesday.move_to(local("2026-11-25 10:29"))
        assert NO_FURTHER in notices(cast, dana)
        tuesday.move_to(local("2026-11-25 10:30"))
        assert NO_FURTHER not in notices(cast, dana)
        leave_voicemail(cast, dana, tuesday, "2026-11-25 10:31")
        tuesday.move_to(local("2026-11-30 10:00"))
        assert NO_FURTHER in notices(cast, dana)
        assert fresh(dana).voicemails_count == 2

    def test_that_the_caller_does_not_want_are_said_instead(self, cast, dana):
        claim(dana, cast.ana)
        do(set_contact_rule, dana, RuleDraft(kind=RuleKind.NO_VOICEMAIL), by=cast.ana)
        assert notices(cast, dana) == ["No voicemail: the caller asked for none."]


def test_a_family_on_one_telephone_is_never_told_of_each_other(cast, dana):
    eli = promise_call(cast.riverside, first_name="Eli")
    claim(dana, cast.ana)
    page = cast.browser("ana").get(at(dana))
    (told,) = page.context["work"].notices
    assert told == (
        f"Somebody else can be reached on this number too ({eli.ref}). Ask for this caller by name, and mention nobody else."
    )
    assert "Eli" not in page.content.decode()


class TestACallerWhoRangInMeanwhile:
    @pytest.mark.parametrize("person", ["ana", None])
    def test_is_closed_unless_somebody_holds_it_and_dealt_no_more(self, cast, dana, person):
        by = getattr(cast, person) if person else None
        done = do(close_callback, dana, ClosedReason.RESOLVED_ELSEWHERE, by=by)
        assert (done.status, done.closed_reason) == (Status.CLOSED, "resolved_elsewhere")
        assert call_next(cast.riverside, cast.ben) is None

    def test_a_retry_that_waits_ends_with_it(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        do(close_callback, dana, ClosedReason.RESOLVED_ELSEWHERE, by=cast.ben)
        tuesday.shift(timedelta(days=1))
        assert call_next(cast.riverside, cast.ben) is None
        assert fresh(dana).closed_at < clock.now()
