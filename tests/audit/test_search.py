"""Searching the trail: what was understood is applied, what was not is said, and nobody reads another clinic's."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Membership, Role
from audit import search
from audit.events import CALLBACK_VIEWED, PAGE_VIEWED
from audit.providers import list_people
from audit.search import TrailFilters, parse_filters, search_trail
from tests.policies.callers import promise_call

NEW_YORK = ZoneInfo("America/New_York")
LONG_AGO = datetime(2003, 5, 6, 7, 8, 9, tzinfo=UTC)
THAT_DAY = {"since": "2003-05-06", "until": "2003-05-06"}


@pytest.fixture
def desk(cast, lay_down):
    """Riverside's officer at the trail: lays events down, understands typed filters, and searches with them."""

    class Desk:
        clinic_ids = [cast.riverside.pk]
        people = list_people(clinic_ids)

        def lay(self, stored_at=LONG_AGO, **facts):
            facts.setdefault("clinic_id", cast.riverside.pk)
            facts.setdefault("actor_id", cast.ana.pk)
            return lay_down(stored_at, **facts)

        def filters(self, zone=NEW_YORK, **typed) -> TrailFilters:
            return parse_filters(typed, zone=zone, clinic_ids=self.clinic_ids, people=self.people)

        def page(self, after="", **typed) -> tuple[list[UUID], str]:
            events, cursor = search_trail(
                self.filters(**typed), clinic_ids=self.clinic_ids, people=self.people, after=after
            )
            return [event.event_id for event in events], cursor

        def find(self, **typed) -> list[UUID]:
            return self.page(**typed)[0]

    return Desk()


class TestWhoseTrail:
    def test_an_event_of_the_clinic_is_found(self, desk):
        event = desk.lay()
        assert desk.find(subject="", **THAT_DAY) == [event]

    def test_an_event_of_another_clinic_is_not_whoever_did_it(self, desk, cast):
        subject = uuid4()
        desk.lay(clinic_id=cast.hilltop.pk, actor_id=cast.cleo.pk, subject_id=subject)
        desk.lay(clinic_id=cast.hilltop.pk, actor_id=cast.ana.pk, subject_id=subject)
        assert desk.find(subject=str(subject)) == []

    def test_what_our_people_did_outside_any_clinic_is_found_and_what_theirs_did_is_not(self, desk, cast):
        ours = desk.lay(clinic_id=None, actor_id=cast.ana.pk)
        desk.lay(clinic_id=None, actor_id=cast.cleo.pk)
        assert desk.find(**THAT_DAY) == [ours]

    def test_what_nobody_in_particular_did_is_found(self, desk):
        # Everybody's officer sees it, so it stands on a day of its own.
        refused = desk.lay(datetime(2002, 2, 2, 12, tzinfo=UTC), clinic_id=None, actor_id=None)
        assert desk.find(since="2002-02-02", until="2002-02-02") == [refused]

    def test_somebody_who_left_is_still_found(self, desk, cast):
        now = datetime.now(UTC)
        cast.ana.memberships.update(starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=1))
        event = desk.lay()
        assert [person.label for person in list_people(desk.clinic_ids)].count("ana") == 1
        assert desk.find(person="ana", **THAT_DAY) == [event]

    def test_two_memberships_make_one_person(self, cast):
        Membership.objects.create(user=cast.ana, clinic=cast.riverside, role=Role.SUPERVISOR)
        assert [person.label for person in list_people([cast.riverside.pk])].count("ana") == 1


class TestFilters:
    def test_by_person(self, desk, cast):
        anas, bens = desk.lay(), desk.lay(actor_id=cast.ben.pk)
        assert desk.find(person="ana", **THAT_DAY) == [anas]
        assert desk.find(person="ben", **THAT_DAY) == [bens]

    def test_by_tag(self, desk):
        desk.lay(tag=PAGE_VIEWED.value)
        event = desk.lay(tag=CALLBACK_VIEWED.value)
        assert desk.find(tag=CALLBACK_VIEWED.value, **THAT_DAY) == [event]

    def test_by_the_id_of_a_subject_or_of_an_object(self, desk):
        caller = uuid4()
        about, on = desk.lay(subject_id=caller), desk.lay(object_id=caller, stored_at=LONG_AGO - timedelta(hours=1))
        assert desk.find(subject=str(caller)) == [about, on]
        assert desk.find(subject=str(caller).upper()) == [about, on]

    def test_by_the_reference_people_speak_of(self, desk, cast):
        callback = promise_call(cast.riverside)
        about = {desk.lay(subject_id=callback.caller_id), desk.lay(object_id=callback.pk)}
        desk.lay()
        for spelling in (callback.ref, callback.ref.lower(), str(callback.number), f"  {callback.ref} "):
            assert set(desk.find(subject=spelling, **THAT_DAY)) == about

    def test_a_reference_of_another_clinic_is_not_understood(self, desk, cast):
        theirs = promise_call(cast.hilltop)
        assert desk.filters(subject=theirs.ref).errors

    def test_filters_narrow_each_other(self, desk, cast):
        caller = uuid4()
        desk.lay(subject_id=caller, actor_id=cast.ben.pk)
        event = desk.lay(subject_id=caller, tag=CALLBACK_VIEWED.value)
        assert desk.find(subject=str(caller), person="ana", tag=CALLBACK_VIEWED.value) == [event]

    def test_no_filter_at_all_is_the_newest_page(self, desk):
        assert desk.filters().is_empty
        assert not desk.filters(tag=PAGE_VIEWED.value).is_empty

    @pytest.mark.parametrize(
        "typed",
        [
            {"tag": "callback:record:guessed"},
            {"person": "cleo"},
            {"person": "a"},
            {"subject": "Dana"},
            {"subject": "CB-999999"},
            {"subject": "+12025550143"},
            {"since": "yesterday"},
            {"since": "2026-02-30"},
            {"until": "24.11.2026"},
            {"until": "9999-12-31"},
            {"since": "2026-11-25", "until": "2026-11-24"},
        ],
        ids=str,
    )
    def test_what_is_not_understood_is_said_and_nothing_is_found(self, desk, typed):
        desk.lay()
        filters = desk.filters(**typed)
        assert len(filters.errors) == 1
        assert not any(value in filters.errors[0] for value in typed.values() if value != "a")
        assert desk.page(**typed) == ([], "")

    @pytest.mark.parametrize("junk", ["'; DROP TABLE audit_event; --", "%", "\x00", "x" * 5000, "\ud83d\ude00"])
    @pytest.mark.parametrize("name", ["person", "subject", "tag", "since", "until"])
    def test_junk_is_an_error_in_words(self, desk, name, junk):
        assert len(desk.filters(**{name: junk}).errors) == 1


class TestPeriod:
    """Days are the clinic's own, both included, also where they have 23 or 25 hours."""

    @pytest.mark.parametrize(
        ("day", "hours"), [("2003-05-06", 24), ("2026-03-08", 23), ("2026-11-01", 25)], ids=["plain", "short", "long"]
    )
    def test_a_day_is_as_long_as_the_clinics_day(self, desk, day, hours):
        filters = desk.filters(since=day, until=day)
        assert filters.ends_at - filters.starts_at == timedelta(hours=hours)
        first = datetime.combine(date.fromisoformat(day), datetime.min.time(), NEW_YORK)
        assert filters.starts_at == first

    def test_the_edges_belong_to_the_right_day(self, desk):
        """6 May 2003 in New York is 04:00 UTC to 04:00 UTC."""
        edges = [
            desk.lay(datetime(2003, 5, 6, 3, 59, 59, 999_999, tzinfo=UTC)),
            desk.lay(datetime(2003, 5, 6, 4, tzinfo=UTC)),
            desk.lay(datetime(2003, 5, 7, 3, 59, 59, 999_999, tzinfo=UTC)),
            desk.lay(datetime(2003, 5, 7, 4, tzinfo=UTC)),
        ]
        assert desk.find(**THAT_DAY) == [edges[2], edges[1]]
        assert desk.find(since="2003-05-07", until="2003-05-07") == [edges[3]]
        assert desk.find(since="2003-05-05", until="2003-05-05") == [edges[0]]

    def test_the_repeated_hour_of_autumn_is_one_day(self, desk):
        twice = [desk.lay(datetime(2003, 10, 26, hour, 30, tzinfo=UTC)) for hour in (5, 6)]
        assert desk.find(since="2003-10-26", until="2003-10-26") == list(reversed(twice))


class TestPages:
    @pytest.fixture(autouse=True)
    def short_pages(self, monkeypatch):
        monkeypatch.setattr(search, "PAGE_SIZE", 3)

    def walk(self, desk, **typed):
        found, cursor = desk.page(**typed)
        while cursor:
            more, cursor = desk.page(after=cursor, **typed)
            found += more
        return found

    def test_pages_have_neither_gap_nor_double_under_equal_timestamps(self, desk):
        laid = {desk.lay() for _ in range(8)} | {desk.lay(LONG_AGO + timedelta(microseconds=1)) for _ in range(2)}
        found = self.walk(desk, **THAT_DAY)
        assert len(found) == len(set(found)) == 10
        assert set(found) == laid

    def test_newest_first(self, desk):
        laid = [desk.lay(LONG_AGO + timedelta(seconds=n)) for n in range(7)]
        assert self.walk(desk, **THAT_DAY) == laid[::-1]

    def test_a_full_last_page_has_no_next(self, desk):
        for _ in range(3):
            desk.lay()
        assert desk.page(**THAT_DAY)[1] == ""

    def test_events_that_arrive_meanwhile_do_not_shift_the_next_page(self, desk):
        laid = [desk.lay(LONG_AGO + timedelta(seconds=n)) for n in range(5)]
        first, cursor = desk.page(**THAT_DAY)
        desk.lay(LONG_AGO + timedelta(minutes=1))
        assert desk.page(after=cursor, **THAT_DAY)[0] == laid[1::-1]
        assert first == laid[:1:-1]

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "é",
            "YWJj",
            "MjAwMy0wNS0wNnxub3QtYW4taWQ=",
            "=" * 9,
            "MjAwMy0wNS0wNlQwMDowMDowMHwwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA=",
        ],
    )
    def test_a_broken_cursor_starts_at_the_newest(self, desk, cursor):
        event = desk.lay()
        assert desk.page(after=cursor, **THAT_DAY)[0] == [event]
