"""What a desk prints: whole lines, each with its service's name, whoever reads or stops reading."""

import os
import pty
import signal
import time
from pathlib import Path

import pytest

from tests.config.processes import eventually
from tests.config.toy_desk import read_until, toy_desk


def test_every_line_is_whole_and_carries_its_service():
    body = """
source = '''
import sys, time
for number in range(200):
    for piece in ("half ", "of ", sys.argv[1], f" {number}\\\\n"):
        sys.stdout.write(piece); sys.stdout.flush()
sys.stderr.write("no line end")
sys.stderr.flush()
time.sleep(600)
'''
desk.start([service("web", source, "web"), service("worker", source, "worker")])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        lines = read_until(process, "half of", times=400)
        process.send_signal(signal.SIGTERM)
        lines += process.communicate()[0].splitlines()
    said = [line for line in lines if "half of" in line]
    for name in ("web", "worker"):
        assert [line for line in said if line.startswith(f"{name:<6} | ")] == [
            f"{name:<6} | half of {name} {number}" for number in range(200)
        ]
    assert "web    | no line end" in lines
    assert "worker | no line end" in lines


def test_a_reader_that_goes_away_does_not_stop_the_desk(tmp_path):
    body = """
source = '''
import sys, time
from pathlib import Path
print("up", flush=True)
for number in range(10000):
    print(number, flush=True)
Path(sys.argv[1]).touch()
time.sleep(600)
'''
desk.start([service("web", source, sys.argv[1])])
sys.exit(desk.until_stopped())
"""
    with toy_desk(body, tmp_path / "marker") as process:
        read_until(process, "| up")
        process.stdout.close()
        assert eventually((tmp_path / "marker").exists)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_bytes_that_are_no_text_are_shown_and_do_not_stop_the_desk():
    body = r"""
desk.run(service("odd", "import sys; sys.stdout.buffer.write(bytes([255, 254, 10])); print('x' * 200000)"))
"""
    with toy_desk(body, env={"PYTHONIOENCODING": "ascii"}) as process:
        said = process.communicate(timeout=30)[0]
    assert said.startswith("??\n")
    assert said.count("x") == 200000
    assert process.returncode == 0


def on_a_terminal(**environment: str) -> bytes:
    body = """
desk.start([service("web", "print('up', flush=True); __import__('time').sleep(600)")])
desk.until_ready(1)
desk.run(service("wait", "__import__('time').sleep(0.5)"))
"""
    ours, theirs = pty.openpty()
    try:
        with toy_desk(body, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            said = b""
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                try:
                    said += os.read(ours, 65536)
                except OSError:
                    # Linux says so when the other side is closed.
                    break
            process.wait(30)
    finally:
        os.close(ours)
    return said


@pytest.mark.skipif(not Path("/dev/ptmx").exists(), reason="no terminals here")
def test_names_are_coloured_on_a_terminal_only_and_not_where_unwanted():
    assert b"\x1b[36mweb | \x1b[0mup" in on_a_terminal()
    plain = on_a_terminal(NO_COLOR="1")
    assert b"web | up" in plain
    assert b"\x1b" not in plain
