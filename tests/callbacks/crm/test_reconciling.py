"""Reconciliation: what differs is sent again, what nobody knows is listed, and the operator's command says so."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from audit.models import Finding
from callbacks.crm.reconciling import want_reconciling
from callbacks.models import CrmTarget
from tests.callbacks.crm.lanes import is_synced, settle, state_of, sync, text_of


def command(*words: str) -> str:
    said = StringIO()
    call_command("crm", *words, stdout=said)
    return said.getvalue()


def test_what_was_lost_there_is_made_again_and_what_was_edited_is_put_right(cast, server, chart, told, tuesday):
    server.tasks.clear()
    want_reconciling()
    settle(chart, tuesday)
    assert is_synced(told, chart)
    chart.refresh_from_db()
    assert (chart.missing_refs, chart.repaired_refs) == ([told.ref], [])
    (task,) = server.tasks_of(told.pk)

    server.change(task["id"], status="requested", priority="stat")
    want_reconciling()
    settle(chart, tuesday)
    chart.refresh_from_db()
    assert (chart.missing_refs, chart.repaired_refs) == ([], [told.ref])
    assert server.tasks_of(told.pk)[0]["priority"] == "routine"
    assert f"Different there, sent again {told.ref}" in text_of(cast.browser("sam").get("/crm"))


def test_what_nobody_here_knows_is_listed_and_raised(cast, server, chart, told, tuesday):
    stranger = {"system": "urn:ringback:callback", "value": str(uuid4())}
    server._keep("stranger", {"resourceType": "Task", "status": "requested", "identifier": [stranger]})
    said = command("reconcile")
    assert "unknown here: stranger" in said
    assert Finding.objects.get(kind="crm:reconcile:orphans").details == {"count": 1, "remote_ids": ["stranger"]}
    assert "Unknown here stranger" in text_of(cast.browser("sam").get("/crm"))


def test_what_agrees_is_left_alone(server, chart, told, tuesday):
    version = state_of(told, chart).wanted_version
    assert "sent again: none" in command("reconcile", "--target", str(chart.pk))
    assert state_of(told, chart).wanted_version == version


def test_a_server_that_is_away_is_compared_another_time(server, chart, told, tuesday):
    CrmTarget.objects.update(address="http://127.0.0.1:1")
    assert "could not be compared now" in command("reconcile")


def test_the_command_lists_retries_and_resumes(server, chart, dana, tuesday):
    server.script = ["422"]
    tuesday.shift(timedelta(seconds=31))
    sync(chart)
    said = command("list")
    assert f"{dana.ref} http_422" in said
    assert "1 dead" in said
    assert "1 sent again" in command("retry")
    assert "resumed" in command("resume")
    sync(chart)
    assert is_synced(dana, chart)
    with pytest.raises(CommandError):
        command("list", "--target", str(uuid4()))
