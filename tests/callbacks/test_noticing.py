"""Notices: the right people, in open hours, once, and nothing but a reference and a time (callbacks.md §1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from accounts.models import Clinic, User
from audit.background import service_scope
from audit.events import ACCESS_DENIED
from callbacks.models import Callback, Notice, NoticeMail, OnCall
from callbacks.queries.noticed import notice_rows, speak_of, unread_count
from callbacks.scheduling.ladder import Outcome
from callbacks.services.deferring import SkipReason, agree_time, skip_callback
from callbacks.services.escalating import accept_concern, escalate_callback
from callbacks.services.following_hours import follow_hours
from callbacks.services.mailing import FIRST_WAIT, MOST_TRIES, send_notice_mails
from callbacks.services.noticing import raise_notices
from lib import clock
from tests.callbacks.desk import claim, do, fresh, local, promise_calls, put_away, save
from tests.crowd import at_once
from tests.policies.callers import promise_call


def run(job: Callable[[], int]) -> int:
    with service_scope("worker", route="test"):
        return job()


def told(**about: Any) -> set[tuple[str, str]]:
    run(raise_notices)
    return set(Notice.objects.filter(**about).values_list("kind", "audience"))


def lines(clinic: Clinic, user: User) -> list[str]:
    return [row.text for row in notice_rows(clinic, user=user, now=clock.now())]


class TestWhoIsToldWhat:
    def test_nobody_while_there_is_time(self, cast, dana):
        assert told() == set()

    def test_the_front_desk_when_half_an_hour_is_left(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 09:31"))
        assert told() == set()
        tuesday.move_to(local("2026-11-25 09:32"))
        assert told() == {("due_soon", "agents")}
        assert lines(cast.riverside, cast.ana) == [f"{dana.ref}, due 10:02"]

    def test_half_an_hour_is_open_time(self, cast, tuesday):
        """Urgent at 11:50 is due at 13:20: ten minutes before lunch and twenty after."""
        tuesday.move_to(local("2026-11-24 11:50"))
        promise_call(cast.riverside, received_at=clock.now(), urgency="urgent", preferred_window="any")
        assert told() == {("due_soon", "agents")}
        notice = Notice.objects.get()
        assert speak_of(notice, clock.now()) == f"{notice.callback.ref}, due 13:20"

    def test_supervisors_when_it_is_overdue(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 10:03"))
        assert told() == {("overdue", "supervisors")}
        assert lines(cast.riverside, cast.sam) == [f"{dana.ref}, was due 10:02"]
        assert lines(cast.riverside, cast.ana) == []

    def test_supervisors_and_nurses_when_nobody_tried_an_urgent_call_for_half_an_hour(self, cast, tuesday):
        tuesday.move_to(local("2026-11-24 11:50"))
        promise_call(cast.riverside, received_at=clock.now(), urgency="urgent", preferred_window="any")
        tuesday.move_to(local("2026-11-24 12:30"))
        assert told() == set()
        tuesday.move_to(local("2026-11-24 13:20"))
        assert told() == {("urgent_untried", "supervisors"), ("urgent_untried", "nurses")}

    def test_nurses_of_a_concern_and_supervisors_when_its_clock_ran_out(self, cast, dana, tuesday):
        do(escalate_callback, dana, by=cast.ana)
        assert told() == {("concern_waiting", "nurses")}
        tuesday.shift(timedelta(minutes=15))
        assert told(kind="concern_overdue") == {("concern_overdue", "nurses"), ("concern_overdue", "supervisors")}

    def test_nobody_of_a_concern_that_was_taken(self, cast, dana):
        do(escalate_callback, dana, by=cast.ana)
        do(accept_concern, dana, by=cast.nadia)
        assert told() == set()

    def test_who_agreed_on_a_time_and_ten_minutes_later_all(self, cast, dana, tuesday):
        claim(dana, cast.ana)
        do(agree_time, dana, local("2026-11-24 15:00"), by=cast.ana)
        tuesday.move_to(local("2026-11-24 14:59"))
        assert told() == set()
        tuesday.move_to(local("2026-11-24 15:00"))
        assert told() == {("agreed_now", "person")}
        assert lines(cast.riverside, cast.ana) == [f"{dana.ref}, agreed for 15:00"]
        assert lines(cast.riverside, cast.ben) == []
        tuesday.move_to(local("2026-11-24 15:10"))
        told()
        assert lines(cast.riverside, cast.ben) == [f"{dana.ref}, agreed for 15:00"]

    def test_supervisors_of_a_promise_that_hours_do_not_allow(self, cast, tuesday):
        tuesday.move_to(local("2026-11-27 16:50"))
        promise_call(cast.riverside, received_at=clock.now())
        assert told(kind="unkeepable") == {("unkeepable", "supervisors")}

    def test_supervisors_of_the_third_skip(self, cast, dana, tuesday):
        for expected in (set(), set(), {("skipped_often", "supervisors")}):
            claim(dana, cast.ana)
            do(skip_callback, dana, SkipReason.INTERRUPTED, by=cast.ana)
            assert told() == expected
            tuesday.shift(timedelta(minutes=16))

    def test_supervisors_of_a_clinic_without_hours_though_it_never_opens(self, cast, tuesday):
        cast.riverside.periods.all().delete()
        promise_call(cast.riverside)
        assert told() == {("no_callable_time", "supervisors")}

    def test_nobody_while_the_clinic_is_closed(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 18:00"))
        assert told() == set()
        tuesday.move_to(local("2026-11-26 08:00"))
        assert told() == {("overdue", "supervisors")}

    def test_who_is_on_call_at_once_of_an_urgent_call_at_night_and_once(self, cast, tuesday):
        OnCall.objects.create(clinic=cast.riverside, person=cast.nadia)
        tuesday.move_to(local("2026-11-24 22:00"))
        night = promise_call(cast.riverside, received_at=clock.now(), urgency="urgent")
        assert "urgent_while_closed" in night.flags
        assert told() == {("urgent_while_closed", "person")}
        assert lines(cast.riverside, cast.nadia) == [f"{night.ref}, called 22:00"]
        assert lines(cast.riverside, cast.sam) == []
        morning = cast.riverside.periods.get(weekday=2, opens_minute=480)
        morning.opens_minute = 540
        morning.save()
        assert (run(follow_hours), run(raise_notices)) == (1, 0)

    def test_who_is_on_call_of_an_urgent_call_at_16_58_that_the_clinic_closed_over(self, cast, tuesday):
        OnCall.objects.create(clinic=cast.riverside, person=cast.nadia)
        tuesday.move_to(local("2026-11-24 16:58"))
        late = promise_call(cast.riverside, received_at=clock.now(), urgency="urgent", preferred_window="any")
        # Two minutes of today and twenty-eight of tomorrow.
        assert late.due_at == local("2026-11-25 08:28")
        assert told(audience="person") == set()
        tuesday.move_to(local("2026-11-24 17:00"))
        assert told(audience="person") == {("urgent_while_closed", "person")}

    @pytest.mark.parametrize("asked", ["routine", "tried", "held", "ended", "left"])
    def test_nobody_on_call_of_what_can_wait_or_who_is_not_there(self, cast, tuesday, asked):
        tuesday.move_to(local("2026-11-24 22:00"))
        begun, ended = local("2026-11-01 00:00"), local("2026-11-24 21:00") if asked == "ended" else None
        OnCall.objects.create(clinic=cast.riverside, person=cast.nadia, starts_at=begun, ends_at=ended)
        urgency = "routine" if asked == "routine" else "urgent"
        night = promise_call(cast.riverside, received_at=clock.now(), urgency=urgency)
        if asked == "tried":
            put_away(night, first_attempt_at=clock.now())
        if asked == "held":
            claim(night, cast.ana)
        if asked == "left":
            cast.nadia.memberships.update(ends_at=clock.now())
        assert told(audience="person") == set()

    def test_nobody_at_night_where_nobody_is_on_call(self, cast, tuesday):
        tuesday.move_to(local("2026-11-24 22:00"))
        promise_call(cast.riverside, received_at=clock.now(), urgency="urgent")
        assert told() == set()

    def test_nobody_while_somebody_works_on_it(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 10:03"))
        claim(dana, cast.ana)
        assert told() == set()

    def test_not_the_other_clinic(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 09:40"))
        told()
        assert unread_count(cast.hilltop, user=cast.cleo) == 0
        assert lines(cast.riverside, cast.cleo) == []


class TestOnce:
    def test_however_often_the_beat_comes(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 09:40"))
        assert (run(raise_notices), run(raise_notices)) == (1, 0)

    def test_again_for_another_due_time(self, cast, dana, tuesday):
        tuesday.move_to(local("2026-11-25 09:40"))
        run(raise_notices)
        put_away(dana, due_at=local("2026-11-25 09:55"))
        assert run(raise_notices) == 1

    @pytest.mark.django_db(transaction=True)
    def test_by_two_beats_at_the_same_moment(self, cast, tuesday):
        promise_calls(cast.riverside, 5, preferred_window="any")
        tuesday.move_to(local("2026-11-25 09:40"))
        assert sum(at_once([lambda: run(raise_notices)] * 4)) == Notice.objects.count() == 5


class TestTheBell:
    @pytest.fixture
    def due(self, cast, dana: Callback, tuesday) -> Callback:
        tuesday.move_to(local("2026-11-25 09:40"))
        run(raise_notices)
        return dana

    def test_counts_what_is_unread_and_a_person_reads_for_themselves(self, cast, due):
        ana, ben = cast.browser("ana"), cast.browser("ben")
        assert "<b>1</b>" in ana.get("/notices/count").content.decode()
        assert f"{due.ref}, due 10:02" in ana.get("/notices").content.decode()
        for _ in range(2):
            assert ana.post("/notices/read", {"notice": str(Notice.objects.get().pk)}).status_code == 302
        assert "<b>" not in ana.get("/notices/count").content.decode()
        assert "<b>1</b>" in ben.get("/notices/count").content.decode()

    def test_shows_nothing_of_the_caller_and_leaves_no_event(self, cast, due, trail):
        ana = cast.browser("ana")
        signed_in = trail.events()
        for page in ("/notices", "/notices/count"):
            assert "Dana" not in ana.get(page).content.decode()
        assert trail.events() == signed_in

    def test_forgets_what_was_called_or_closed(self, cast, due):
        claim(due, cast.ben)
        save(due, cast.ben, Outcome.NO_ANSWER)
        assert lines(cast.riverside, cast.ana) == []

    def test_reads_no_notice_of_others(self, cast, due, trail):
        notice = Notice.objects.get()
        for name in ("cleo", "olu"):
            response = cast.browser(name).post("/notices/read", {"notice": str(notice.pk)})
            assert response.status_code in {403, 404}
        (denied,) = [event for event in trail.events(ACCESS_DENIED) if event.get("object_id") == str(notice.pk)]
        # Riverside's officer is the one who must learn of it.
        assert (denied["actor_label"], denied["clinic_id"]) == ("cleo", str(cast.riverside.pk))
        assert notice.readings.count() == 0
        assert cast.browser("ana").post("/notices/read", {"notice": "x"}).status_code == 404


class TestByMail:
    @pytest.fixture
    def waiting(self, cast, dana, tuesday, settings) -> NoticeMail:
        settings.NOTICES_BY_MAIL = True
        User.objects.filter(username__in=["sam", "ana", "cleo"]).update(email="desk@example.com")
        tuesday.move_to(local("2026-11-25 10:03"))
        run(raise_notices)
        return NoticeMail.objects.get()

    def test_says_a_reference_and_a_time(self, cast, dana, waiting):
        assert waiting.person == cast.sam
        assert (run(send_notice_mails), run(send_notice_mails)) == (1, 0)
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == (["desk@example.com"], f"{dana.ref}, was due 10:02")
        assert sent.body == f"{dana.ref}, was due 10:02. Sign in to Ringback to see it."

    def test_goes_to_who_is_on_call_and_does_not_say_that_it_is_urgent(self, cast, tuesday, settings):
        settings.NOTICES_BY_MAIL = True
        User.objects.filter(username__in=["nadia", "sam"]).update(email="desk@example.com")
        for person in (cast.nadia, cast.ben):
            OnCall.objects.create(clinic=cast.riverside, person=person)
        tuesday.move_to(local("2026-11-24 22:00"))
        night = promise_call(cast.riverside, received_at=clock.now(), urgency="urgent")
        assert (run(raise_notices), run(send_notice_mails)) == (2, 1)
        assert NoticeMail.objects.get().person == cast.nadia
        assert mail.outbox[0].body == f"{night.ref}, called 22:00. Sign in to Ringback to see it."

    def test_is_tried_again_and_at_last_given_up(self, waiting, settings, tuesday, caplog):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
        for tries in range(1, MOST_TRIES + 1):
            assert run(send_notice_mails) == 0
            waiting.refresh_from_db()
            assert (waiting.tries, waiting.sent_at) == (tries, None)
            tuesday.shift(FIRST_WAIT * 2 ** (tries - 1))
        assert waiting.next_try_at is None
        assert {record.reason for record in caplog.records} == {"ConnectionRefusedError"}

    def test_leaves_when_the_server_is_back(self, waiting, settings, tuesday):
        real = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
        run(send_notice_mails)
        settings.EMAIL_BACKEND = real
        assert run(send_notice_mails) == 0
        tuesday.shift(FIRST_WAIT)
        assert run(send_notice_mails) == 1

    def test_is_not_sent_about_what_was_closed_meanwhile(self, cast, dana, waiting):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.BOOKED)
        assert (run(send_notice_mails), mail.outbox) == (0, [])
        assert fresh(dana).status == "closed"

    @pytest.mark.django_db(transaction=True)
    def test_leaves_once_from_two_workers(self, cast, waiting):
        assert sum(at_once([lambda: run(send_notice_mails)] * 4)) == 1

    def test_is_off_where_the_house_has_no_server(self, cast, dana, tuesday):
        User.objects.update(email="desk@example.com")
        tuesday.move_to(local("2026-11-25 10:03"))
        assert run(raise_notices) == 1
        assert not NoticeMail.objects.exists()
