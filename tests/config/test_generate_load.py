"""The load: the same for the same seed, sealed and searchable as real callbacks, and never over anybody's desk."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django.fixtures import Settings

from accounts.models import Clinic
from audit.background import service_scope
from audit.events import CALLBACK_VIEWED, LOAD_GENERATED
from callbacks.models import Attempt, Callback, Caller
from callbacks.services.ordering import priority_of
from callbacks.states import Status
from config.load.invented import MOST_CALLERS, NAMES, NUMBERS, RARE_NUMBERS
from lib import clock
from tests.cast import OPEN_TUESDAY, Cast
from tests.policies.callers import promise_call, shows_a_number
from vault.blind_index import index_value
from vault.reveal import reveal

pytestmark = pytest.mark.usefixtures("_tuesday")
FILLED = ("callbacks_caller", "callbacks_callback", "callbacks_attempt")


@pytest.fixture
def _tuesday() -> Iterator[None]:
    """What is open, and where it stands, must not hang on when the tests run."""
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield


@pytest.fixture(autouse=True)
def _folder_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def filled(*words: str) -> str:
    said = StringIO()
    call_command("generate_load", *words, stdout=said)
    return said.getvalue()


class TestWhatIsThere:
    def test_is_as_many_as_asked_open_and_closed_over_as_many_clinics(self, cast: Cast):
        said = filled("--callbacks", "400", "--open", "100", "--clinics", "3")
        assert "callbacks: 400 in" in said
        assert (Callback.objects.count(), Caller.objects.count(), Clinic.objects.count()) == (400, 400, 3)
        assert Callback.objects.exclude(status=Status.CLOSED).count() == 100
        for clinic in Clinic.objects.all():
            assert 132 <= Callback.objects.filter(clinic=clinic).count() <= 134
        fields = Callback._meta.fields
        for callback in Callback.objects.all():
            callback.clean_fields(exclude=[field.name for field in fields if not getattr(callback, field.attname)])
        assert Attempt.objects.count() == Callback.objects.filter(attempts_count=1).count() >= 300

    def test_opens_by_reveal_alone_and_is_found_by_its_number(self, cast: Cast):
        filled("--callbacks", "40", "--open", "20")
        clinic = Clinic.objects.order_by("pk")[0]
        last = Callback.objects.latest("received_at")
        with service_scope("test", route="test"):
            name, phone, tail = reveal(last, "first_name", "phone", "phone_tail", tag=CALLBACK_VIEWED)
        assert (name in NAMES, phone, tail) == (True, RARE_NUMBERS[0], "00")
        assert last.caller.phone_index == index_value("phone", RARE_NUMBERS[0], clinic_id=clinic.pk)
        with connections["owner"].cursor() as cursor:
            for table in FILLED:
                cursor.execute(f"SELECT coalesce(string_agg(row::text, ' '), '') FROM {table} AS row")  # noqa: S608 - ours
                assert not shows_a_number(cursor.fetchone()[0])

    def test_stands_in_the_queue_where_the_rule_puts_it(self, cast: Cast):
        filled("--callbacks", "60", "--open", "60")
        for callback in Callback.objects.select_related("clinic"):
            likeness = priority_of(callback, clock.now())
            # The clocks are those of the full hour.
            assert callback.priority_group == likeness.group
        assert cast.browser("ana").get("/queue").status_code == 200

    def test_is_the_same_for_the_same_seed(self, cast: Cast):
        def shown() -> list[tuple[object, ...]]:
            columns = (
                "pk",
                "caller__phone_index",
                "caller__name_index",
                "status",
                "received_at",
                "due_at",
                "priority_group",
            )
            return list(Callback.objects.order_by("pk").values_list(*columns))

        filled("--callbacks", "50", "--seed", "7")
        first = shown()
        Attempt.objects.all().delete()
        Callback.objects.all().delete()
        Caller.objects.all().delete()
        filled("--callbacks", "50", "--seed", "7")
        assert shown() == first

    def test_invents_nobodys_number(self):
        assert all(re.fullmatch(r"\+1\d{3}55501\d\d", number) for number in (*NUMBERS, *RARE_NUMBERS))
        assert len(set(NAMES)) * len(set(NUMBERS)) == MOST_CALLERS


@pytest.mark.django_db(transaction=True)
class TestTheTrail:
    def test_tells_what_was_invented_in_lines_like_any_other(self, cast: Cast, trail):
        filled("--callbacks", "30", "--events", "200")
        lines = [event for event in trail.events() if event.get("route") == "generate_load"]
        (told,) = [event for event in lines if event["tag"] == LOAD_GENERATED.value]
        assert told["details"] == {"callbacks": 30, "events": 200, "seed": 1}
        acts = [event for event in lines if event["actor_kind"] == "human"]
        assert len(acts) == 200
        assert len({event["id"] for event in acts}) == 200
        assert {event["actor_label"] for event in acts} <= {"ana", "ben", "sam", "nadia"}
        assert {event["object_id"] for event in acts} <= {
            str(pk) for pk in Callback.objects.values_list("pk", flat=True)
        }
        assert {event["request_id"] for event in acts} == {told["request_id"]}, "the command's own mark on each"
        assert not shows_a_number(json.dumps(acts))


class TestItRefuses:
    def test_a_desk_with_callbacks(self, cast: Cast):
        promise_call(cast.riverside)
        with pytest.raises(CommandError, match="This desk has callbacks"):
            filled("--callbacks", "10", "--yes-fill-this-database")

    def test_production_whatever_it_is_told(self, cast: Cast, settings: Settings):
        settings.DEMO = False
        with pytest.raises(CommandError, match="production settings"):
            filled("--callbacks", "10", "--yes-fill-this-database")

    def test_the_checkouts_own_desk_unless_told(self, cast: Cast, settings: Settings):
        settings.DATA_DIR = settings.BASE_DIR / "var"
        with pytest.raises(CommandError, match="--yes-fill-this-database"):
            filled("--callbacks", "10")
        filled("--callbacks", "10", "--yes-fill-this-database")
        assert Callback.objects.count() == 10

    def test_a_database_on_another_machine_unless_told(self, cast: Cast, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(connections["default"].settings_dict, "HOST", "db.example.com")
        with pytest.raises(CommandError, match="--yes-fill-this-database"):
            filled("--callbacks", "10")

    @pytest.mark.parametrize(
        "words",
        [("--callbacks", "0"), ("--callbacks", "10", "--open", "11"), ("--callbacks", "10", "--clinics", "0"),
         ("--callbacks", str(MOST_CALLERS + 1))],
    )  # fmt: skip
    def test_what_cannot_be(self, cast: Cast, words: tuple[str, ...]):
        with pytest.raises(CommandError):
            filled(*words)
        assert not Callback.objects.exists()
