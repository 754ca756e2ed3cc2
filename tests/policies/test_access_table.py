"""Law: who gets which answer at which address is written down, for everybody, every record and every method."""

import pytest
import redis
from django.conf import settings

from tests.policies.access.objects import Records, kind_of
from tests.policies.access.people import PEOPLE, everybody
from tests.policies.access.table import METHODS, explain, read, write
from tests.policies.access.walk import measure, room_of
from tests.policies.addresses import EVERY
from tests.policies.golden import Golden

ROUTES = sorted(route for route, _ in EVERY)
ROOMS = sorted({room_of(route) for route in ROUTES})


@pytest.fixture
def no_worker_was_seen(valkey):
    """Readiness depends on who was alive lately."""
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushall()


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.usefixtures("no_worker_was_seen")
def test_everybody_gets_the_answer_that_is_written_down(cast, tuesday, golden, room):
    routes = [route for route in ROUTES if room_of(route) == room]
    cells = measure(routes, everybody(cast), Records(cast, routes))
    assert {person for _, _, person, _ in cells} == set(PEOPLE)
    text = write(cells, room=room)
    assert read(text) == cells
    golden.check(f"access/{room}.txt", text, explain)


def test_every_file_belongs_to_a_room(golden):
    golden.check_names("access", {f"{room}.txt" for room in ROOMS})


def answers(route, obj, person, post):
    return {(route, obj, person, method): post if method == "POST" else "405" for method in METHODS}


# A small table and its text; less of it, and more.
CLAIM = "callbacks/<uuid:public_id>/claim"
LESS = {
    cell: answer
    for obj, post in (("own", "302 callbacks:queue"), ("other", "404"), ("none", "404"))
    for cell, answer in answers(CLAIM, obj, "agent", post).items()
} | answers(CLAIM, "other", "officer", "405")
CELLS = LESS | answers(CLAIM, "own", "officer", "405")
TEXT = write(CELLS, room="callbacks")


class TestTheTable:
    """The law can fail, and says in a sentence why."""

    def test_is_read_by_people_and_says_no_more_than_was_measured(self):
        assert read(TEXT) == CELLS
        assert TEXT.partition("\n\n")[2].splitlines() == [
            CLAIM,
            "    own             POST 302 callbacks:queue, else 405            agent",
            "    other none      POST 404, else 405                            agent",
            "    own other       all 405                                       officer",
        ]

    @pytest.mark.parametrize(
        ("found", "sentence"),
        [
            (CELLS | answers(CLAIM, "own", "officer", "200"), "as officer: the table says 405, the desk answers 200."),
            (CELLS | answers(CLAIM, "none", "officer", "405"), "the table says nothing, the desk answers 405."),
            (LESS, "says 405, and nobody asks that any more."),
            (CELLS | answers("new", "", "agent", "200"), "The table does not have the address new yet."),
            ({}, f"still has the address {CLAIM}, which does not exist any more."),
        ],
        ids=["another answer", "a line is missing", "a line too much", "a new address", "an address is gone"],
    )
    def test_tells_each_difference(self, found, sentence):
        said = explain(TEXT, write(found, room="callbacks"))
        assert said
        assert all(line.endswith(sentence) for line in said)

    def test_fails_the_run_until_it_is_written_anew(self, tmp_path):
        golden = Golden(regenerates=False, folder=tmp_path)
        with pytest.raises(
            pytest.fail.Exception, match=r"(?s)does not have the address callbacks/.*--regenerate-golden"
        ):
            golden.check("access/x.txt", TEXT, explain)
        Golden(regenerates=True, folder=tmp_path).check("access/x.txt", TEXT)
        golden.check("access/x.txt", TEXT, explain)
        (tmp_path / "access/old.txt").touch()
        with pytest.raises(AssertionError, match=r"old\.txt"):
            golden.check_names("access", {"x.txt"})
        Golden(regenerates=True, folder=tmp_path).check_names("access", {"x.txt"})
        golden.check_names("access", {"x.txt"})

    def test_an_id_that_nothing_fills_is_a_sentence(self):
        with pytest.raises(KeyError, match="nothing says what drafts/<uuid:draft_id> names: add draft_id to MADE_BY"):
            kind_of("drafts/<uuid:draft_id>")
