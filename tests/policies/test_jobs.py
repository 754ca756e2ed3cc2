"""Law: every name that is rung or scheduled is a task of ours, and what stands in the broker is its name and ids."""

import ast
import base64
import importlib
import inspect
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from celery import Celery, Task
from celery.beat import ScheduleEntry, Scheduler
from django.conf import settings

from audit.background import AuditedTask
from config.celery import app
from lib import jobs
from lib.ids import new_id
from tests.policies.test_source import HOUSE, SOURCES, name_of, nodes, room_of, who_calls
from tests.policies.test_storage import STAIRCASE

BELL = "ring_after_commit"
# Celery's own ways to send: the doorbell's alone.
SENDING = ("send_task", "apply_async", "delay", "signature", "si", "chain", "group", "chord")


def our_tasks() -> dict[str, Task]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.split(".")[0] in STAIRCASE}


def rung_names(path: Path) -> list[str]:
    """The task names a module rings: constants, its own or imported; anything else is named by its source."""
    rung = [
        (node.args or [keyword.value for keyword in node.keywords if keyword.arg == "task_name"])[0]
        for node in nodes(path)
        if isinstance(node, ast.Call) and name_of(node) == BELL
    ]
    return [_constant(path, name) for name in rung]


def _constant(path: Path, name: ast.expr) -> str:
    if isinstance(name, ast.Constant):
        return str(name.value)
    if isinstance(name, ast.Name):
        module = importlib.import_module(".".join(path.relative_to(HOUSE).with_suffix("").parts))
        return str(getattr(module, name.id, ast.unparse(name)))
    return ast.unparse(name)


def rung() -> set[str]:
    return {name for path in SOURCES for name in rung_names(path)}


def scheduled() -> set[str]:
    return {str(entry["task"]) for entry in app.conf.beat_schedule.values()}


def faults_of(task: Task) -> list[str]:
    """What keeps a task from being one of ours: audited, named as it stands, one id or nothing."""
    found = []
    if not isinstance(task, AuditedTask):
        found.append("opens no audit scope: its base is not AuditedTask")
    if task.name != f"{task.run.__module__}.{task.run.__name__}":
        found.append(f"is named {task.name} and stands elsewhere")
    parameters = list(inspect.signature(task.run).parameters.values())
    if len(parameters) > 1:
        found.append("takes more than one thing")
    found += [
        f"takes {parameter}, which is no id"
        for parameter in parameters
        if not parameter.name.endswith("_id")
        or parameter.annotation not in {str, UUID}
        or parameter.kind is not parameter.POSITIONAL_OR_KEYWORD
    ]
    return found


class TestNames:
    def test_every_name_that_is_rung_or_scheduled_is_a_task(self):
        assert rung()
        assert rung() | scheduled() <= set(our_tasks())

    def test_every_task_is_rung_or_scheduled(self):
        assert set(our_tasks()) == rung() | scheduled()

    def test_only_the_doorbell_sends(self):
        assert {room for function in SENDING for room in who_calls(function)} == {"lib/jobs.py"}

    def test_only_a_rooms_tasks_module_holds_tasks(self):
        assert {name.split(".")[1] for name in our_tasks()} == {"tasks"}
        assert {room_of(path) for path in SOURCES if "shared_task" in path.read_text()} == {
            f"{name.split('.')[0]}/tasks.py" for name in our_tasks()
        }

    def test_a_ring_by_a_name_that_nobody_answers_would_be_seen(self, tmp_path):
        module = tmp_path / "ringing.py"
        module.write_text(
            'ring_after_commit("callbacks.tasks.forgotten", row.pk, request_id="")\nring_after_commit(f())'
        )
        assert rung_names(module) == ["callbacks.tasks.forgotten", "f()"]
        assert not {*rung_names(module)} & set(our_tasks())


class TestTasks:
    @pytest.mark.parametrize("name", sorted(our_tasks()))
    def test_each_is_audited_and_takes_one_id_or_nothing(self, name):
        assert faults_of(our_tasks()[name]) == []

    def test_one_that_is_not_would_be_seen(self):
        other = Celery("tests", set_as_current=False)

        def tells(first_name: str, phone: str) -> None: ...

        def asks(*callback_id: str) -> None: ...

        assert len(faults_of(other.task(name="callbacks.tasks.tells")(tells))) == 5
        assert len(faults_of(other.task(base=AuditedTask)(asks))) == 1

    def test_what_waits_for_nobody_expires_before_its_next_turn(self):
        for entry in app.conf.beat_schedule.values():
            assert entry["options"]["expires"] < entry["schedule"]
            assert not {"args", "kwargs"} & set(entry)

    def test_messages_are_json_and_results_are_not_kept(self):
        assert app.conf.task_serializer == "json"
        assert app.conf.accept_content == ["json"]
        assert not app.conf.result_backend
        assert app.conf.task_acks_late


class TestSourcesOfWork:
    """What the doorbell missed is found by walking these."""

    def test_each_has_a_name_of_its_own_and_can_count_and_work(self, cast):
        names = [source.name for source in jobs.work_sources()]
        assert len({*names}) == len(names) > 0
        for source in jobs.work_sources():
            assert re.fullmatch(r"[a-z][a-z -]+", source.name)
            assert source.count_pending() == source.work_off(limit=1) == 0

    def test_every_room_that_rings_has_one(self):
        """A ring may be lost; the row it stands for must be found without it."""
        ringing = {room_of(path).split("/")[0] for path in SOURCES if rung_names(path)}
        assert ringing == {type(source).__module__.split(".")[0] for source in jobs.work_sources()}


# What a message says beside names and ids: words of the protocol.
PROTOCOL_WORDS = {"", "py", "()", "[]", "{}", "json", "application/json", "utf-8", "base64", "celery", "crm", "all"}
MADE_BY_CELERY = re.compile(r"gen\d+@[\w.-]+|\(?\[?'[0-9a-f-]{36}',?\]?\)?|[0-9a-f-]{36}")


def told_by(message: dict[str, Any], *known: str) -> list[str]:
    """Every text in a message that is neither a known name or id nor the protocol's own; keys count as texts."""
    opened = {**message, "body": json.loads(base64.b64decode(message["body"]))}
    return [text for text in _texts(opened) if not _is_expected(text, known)]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [] if value is None or isinstance(value, bool | int | float) else [str(value)]


def _is_expected(text: str, known: tuple[str, ...]) -> bool:
    return text in PROTOCOL_WORDS or text in known or bool(MADE_BY_CELERY.fullmatch(text)) or _is_instant(text)


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


class TestMessages:
    """As they stand in the broker, where whoever may read Redis reads them."""

    @pytest.fixture
    def broker(self, valkey):
        with redis.Redis.from_url(settings.REDIS_URL) as broker:
            broker.flushall()
            yield broker
            broker.flushall()

    def messages(self, broker):
        queues = [f"{settings.REDIS_KEY_PREFIX}{queue}" for queue in ("celery", "crm")]
        return [json.loads(message) for queue in queues for message in broker.lrange(queue, 0, -1)]

    @pytest.mark.parametrize("name", sorted(rung()))
    def test_a_ring_is_a_name_an_id_and_the_request_it_came_from(self, broker, name):
        record_id, request_id = new_id(), uuid4()
        doorbell = jobs.Doorbell()
        doorbell.ring(jobs.Ring(task_name=name, record_id=str(record_id), request_id=str(request_id)))
        doorbell.until_quiet()
        (message,) = self.messages(broker)
        assert told_by(message, name) == []
        args, kwargs, embedded = json.loads(base64.b64decode(message["body"]))
        assert (args, kwargs) == ([str(record_id)], {})
        assert not any(embedded.values())
        assert (message["headers"]["task"], message["headers"]["request_id"]) == (name, str(request_id))

    @pytest.mark.parametrize("entry", sorted(app.conf.beat_schedule))
    def test_a_turn_of_the_clock_is_a_name(self, broker, entry):
        wanted = app.conf.beat_schedule[entry]
        scheduler = Scheduler(app, lazy=True)
        scheduler.apply_async(ScheduleEntry(name=entry, app=app, **wanted), advance=False)
        (message,) = self.messages(broker)
        # After so many milliseconds the broker forgets it.
        assert told_by(message, wanted["task"], str(int(wanted["options"]["expires"] * 1000))) == []
        assert json.loads(base64.b64decode(message["body"]))[:2] == [[], {}]

    def test_a_word_too_much_would_be_seen(self, broker):
        app.send_task("intake.tasks.open_callback", args=[str(new_id()), "Dana"], kwargs={"phone": "+12025550143"})
        (message,) = self.messages(broker)
        told = told_by(message, "intake.tasks.open_callback")
        assert {"Dana", "+12025550143"} <= {*told}
        assert any("Dana" in text and text != "Dana" for text in told), "the representation of arguments tells it too"
