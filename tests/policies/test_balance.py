"""Law: the balance of openings and records cannot be fooled; each mutant below is a run of its own, and must fail."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# Keys as the vault has them, and neither database nor broker.
BEFORE = """
import threading
from uuid import UUID
from vault import envelope, reveal
from vault.envelope import seal_text
from audit import recording
from audit.events import CALLBACK_VIEWED
from audit.recording import record_read
from audit.scope import Subject
from audit.background import service_scope

pytest_plugins = ["tests.policies.balance"]
ROW = UUID("00000000-0000-7000-8000-000000000001")

def test_it(monkeypatch):
    token = seal_text("Dana", label="x", row_id=ROW)
    opening = lambda: envelope.open_text(token, label="x", row_id=ROW)
    record = lambda: record_read(subject=Subject("a", "1"), obj=Subject("b", "1"), fields=["x"], tag=CALLBACK_VIEWED)
    monkeypatch.setattr("audit.background.flush", lambda *args, **more: None)
    with service_scope("test", route="test"):
"""
HONEST = {
    "nothing": "pass",
    "told, then opened": "record(); opening()",
}
MUTANTS = {
    "opened without telling": "opening()",
    "opened once more than told": "record(); opening(); opening()",
    "opened in another thread": "t = threading.Thread(target=opening); t.start(); t.join()",
    "told without opening": "record()",
    "opened, and the failure swallowed": "\n        try: opening(); raise ValueError\n        except ValueError: pass",
}


def run(tmp_path, body):
    (tmp_path / "test_mutant.py").write_text(f"{BEFORE}        {body}\n")
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:valkey", "--ds", "config.settings.test"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-c", str(tmp_path / "none.ini"), "--rootdir", str(tmp_path), "."],
        cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def no_settings_of_ours(tmp_path):
    (tmp_path / "none.ini").write_text("[pytest]\n")


@pytest.mark.parametrize("way", HONEST)
def test_a_run_that_told_of_everything_passes(tmp_path, way):
    finished = run(tmp_path, HONEST[way])
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("way", MUTANTS)
def test_a_run_that_did_not_fails(tmp_path, way):
    finished = run(tmp_path, MUTANTS[way])
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "1 passed, 1 error" in finished.stdout
    assert "fields were opened in this run, and" in finished.stdout
