"""The pure parts: back-off, breaker, and what answers mean."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from callbacks.crm.answers import (
    ConflictError,
    PassingError,
    PausingError,
    RefusedError,
    check_answer,
    read_object,
    retry_after,
)
from callbacks.crm.backoff import LONGEST, LONGEST_ASKED, pause_after
from callbacks.crm.breaker import LONGEST_OPEN_SECONDS, Breaker
from lib.http import Answer

NOW = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)


class TestBackoff:
    @pytest.mark.parametrize(("attempts", "ceiling"), [(1, 2), (2, 4), (5, 32), (10, 900), (500, 900)])
    def test_the_ceiling_doubles_up_to_a_quarter_of_an_hour(self, attempts, ceiling):
        assert pause_after(attempts, chance=1.0) == timedelta(seconds=ceiling)
        assert pause_after(attempts, chance=0.0) == timedelta(0)

    @given(st.integers(1, 10_000), st.floats(0, 1), st.one_of(st.none(), st.timedeltas()))
    def test_is_never_below_what_was_asked_for_nor_beyond_reason(self, attempts, chance, asked):
        pause = pause_after(attempts, chance=chance, asked=asked)
        wanted = min(max(asked or timedelta(0), timedelta(0)), LONGEST_ASKED)
        assert wanted <= pause <= wanted + LONGEST


class TestBreaker:
    def test_five_failures_in_a_row_open_it_for_a_minute(self):
        breaker = Breaker()
        for _ in range(4):
            breaker = breaker.after(answered=False, now=NOW)
            assert breaker.lets_through(NOW)
        breaker = breaker.after(answered=False, now=NOW)
        assert not breaker.lets_through(NOW + timedelta(seconds=59))
        assert breaker.lets_through(NOW + timedelta(seconds=60))

    def test_an_answer_between_starts_the_count_anew_but_more_than_half_of_twenty_is_too_many(self):
        breaker = Breaker()
        for number in range(19):
            breaker = breaker.after(answered=number % 3 == 2, now=NOW)
            assert breaker.lets_through(NOW)
        assert not breaker.after(answered=False, now=NOW).lets_through(NOW)

    def test_failed_probes_double_the_pause_up_to_ten_minutes_and_an_answered_one_ends_it(self):
        breaker = Breaker(open_until=NOW, open_seconds=60, failures_in_row=5)
        pauses = []
        for _ in range(5):
            breaker = breaker.after(answered=False, now=NOW)
            pauses.append(breaker.open_seconds)
        assert pauses == [120, 240, 480, LONGEST_OPEN_SECONDS, LONGEST_OPEN_SECONDS]
        assert breaker.after(answered=True, now=NOW) == Breaker()


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_success_passes(self, status):
        check_answer(answer(status), now=NOW)

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (300, RefusedError), (301, RefusedError), (302, RefusedError), (307, RefusedError), (400, RefusedError),
            (401, PausingError), (403, RefusedError), (404, RefusedError), (408, PassingError), (409, ConflictError),
            (410, RefusedError), (412, ConflictError), (422, RefusedError), (425, PassingError), (429, PassingError),
            (500, PassingError), (502, PassingError), (503, PassingError), (504, PassingError),
        ],
    )  # fmt: skip
    def test_everything_else_has_its_meaning(self, status, error):
        with pytest.raises(error, match=f"^http_{status}$"):
            check_answer(answer(status), now=NOW)

    @pytest.mark.parametrize(
        ("text", "pause"),
        [
            ("120", timedelta(seconds=120)),
            ("0", timedelta(0)),
            ("Tue, 24 Nov 2026 15:14:00 GMT", timedelta(minutes=2)),
            ("Tue, 24 Nov 2026 15:00:00 GMT", timedelta(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
            ("\uff19", None),
        ],
    )
    def test_the_time_a_server_asks_for(self, text, pause):
        assert retry_after({"retry-after": text}, now=NOW) == pause

    @pytest.mark.parametrize("body", [b"<html>", b"[1]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000])
    def test_what_is_no_object_is_a_page_in_between(self, body):
        with pytest.raises(PassingError, match="not_json"):
            read_object(answer(200, body))

    def test_nothing_at_all_is_an_empty_object(self):
        assert read_object(answer(204, b" ")) == {}
