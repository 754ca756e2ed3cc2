"""The supervisor, with real processes: a small desk of toy services, run as a program of its own."""

import re
import signal
import subprocess
import sys

import pytest

from tests.config.processes import eventually, lives, program
from tests.config.toy_desk import read_until, toy_desk


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_everything_last_started_first(number):
    body = """
desk.start([service(name, SLEEPS) for name in ("first", "second", "third")])
sys.exit(desk.until_stopped())
"""
    with toy_desk(body) as process:
        read_until(process, "| up", times=3)
        process.send_signal(number)
        said = process.communicate()[0].splitlines()
    assert said == [
        "third  | stopped (killed by SIGTERM)",
        "second | stopped (killed by SIGTERM)",
        "first  | stopped (killed by SIGTERM)",
    ]
    assert process.returncode == 0


def test_only_the_leader_is_asked_and_its_left_over_children_go_with_it():
    body = """
source = '''
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, lambda *_: (print("child", child.poll(), flush=True), os._exit(3)))
print("pid", child.pid, flush=True)
time.sleep(600)
'''
desk.start([service("web", source)])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        child = int(read_until(process, "pid")[-1].split()[-1])
        assert lives(child)
        process.send_signal(signal.SIGTERM)
        said = process.communicate()[0].splitlines()
    assert said == ["web | child None", "web | stopped (exit code 3)"]
    assert eventually(lambda: not lives(child))


def test_another_stop_signal_can_be_chosen():
    body = """
source = '''
import signal, time
signal.signal(signal.SIGQUIT, lambda *_: exit(0))
print("up", flush=True)
time.sleep(600)
'''
desk.start([service("web", source, stop_signal=__import__("signal").SIGQUIT)])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        read_until(process, "| up")
        process.send_signal(signal.SIGINT)
        assert process.communicate()[0] == "web | stopped (exit code 0)\n"


def test_what_does_not_stop_in_its_time_is_killed():
    body = """
desk.start([service("slow", STUBBORN, stop_timeout=0.3)])
sys.exit(desk.until_stopped())
"""
    with toy_desk(body) as process:
        read_until(process, "| up")
        process.send_signal(signal.SIGTERM)
        assert process.communicate()[0] == "slow | stopped (killed by SIGKILL)\n"
    assert process.returncode == 0


def test_a_second_ctrl_c_kills_at_once():
    body = """
desk.start([service("slow", STUBBORN, stop_timeout=600)])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        read_until(process, "| up")
        process.send_signal(signal.SIGTERM)
        # make passes on a SIGTERM that the whole group got; that is no impatience.
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[0] == "slow | stopped (killed by SIGKILL)\n"


def test_a_crash_is_answered_by_a_new_start(tmp_path):
    body = """
source = '''
import os, sys, time
from pathlib import Path
marker = Path(sys.argv[1])
if marker.exists():
    print("up again", flush=True)
    time.sleep(600)
marker.touch()
print("broken")
sys.exit(7)
'''
desk.start([service("worker", source, sys.argv[1])])
sys.exit(desk.until_stopped())
"""
    with toy_desk(body, tmp_path / "marker") as process:
        assert read_until(process, "up again") == [
            "worker | broken",
            "worker | ended by itself (exit code 7); starts again in 0.05 s",
            "worker | up again",
        ]
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == 0


def test_waits_double_and_repeated_crashes_end_the_desk():
    body = """
desk.start([service("web", SLEEPS), service("worker", "print('why'); exit(9)")])
sys.exit(desk.until_stopped())
"""
    with toy_desk(body) as process:
        said = process.communicate(timeout=30)[0].splitlines()
    assert [line for line in said if "worker" in line] == [
        "worker | why",
        "worker | ended by itself (exit code 9); starts again in 0.05 s",
        "worker | why",
        "worker | ended by itself (exit code 9); starts again in 0.1 s",
        "worker | why",
        "worker | ended by itself (exit code 9)",
        "worker ended 3 times in a row soon after its start; Ringback stops. The lines above say why.",
    ]
    assert said[-1] == "web    | stopped (killed by SIGTERM)"
    assert process.returncode == 1


def test_children_of_a_crashed_service_do_not_stay(tmp_path):
    body = """
source = '''
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("pid", child.pid, flush=True)
time.sleep(0.2)
exit(1)
'''
desk.start([service("web", source)])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        children = [int(line.split()[-1]) for line in read_until(process, "pid", times=2) if "pid" in line]
        assert eventually(lambda: not lives(children[0]))


def test_a_program_that_does_not_exist_is_said():
    body = """
desk.start([service("web", SLEEPS), Service("worker", ["/nonexistent/celery"], {})])
sys.exit(desk.until_stopped())
"""
    with toy_desk(body) as process:
        said = process.communicate(timeout=30)[0].splitlines()
    assert "worker cannot be started: /nonexistent/celery: No such file or directory." in said
    assert process.returncode == 1


def test_readiness_is_asked_until_it_comes(tmp_path):
    body = """
marker = Path(sys.argv[1])
source = "import sys, time; from pathlib import Path; time.sleep(0.3); Path(sys.argv[1]).touch(); time.sleep(600)"
desk.start([service("web", source, marker, ready=marker.exists), service("beat", SLEEPS)])
print(desk.until_ready(30), marker.exists())
"""
    with toy_desk(body, tmp_path / "marker") as process:
        assert "[] True" in process.communicate(timeout=30)[0].splitlines()


def test_what_is_not_ready_in_time_is_named():
    body = """
desk.start([service("web", SLEEPS, ready=lambda: False), service("beat", SLEEPS)])
print(desk.until_ready(0.4))
"""
    with toy_desk(body) as process:
        assert "['web']" in process.communicate(timeout=30)[0].splitlines()


def test_the_command_is_asked_anew_at_every_start():
    body = """
ports = iter(range(8000, 9000))
command = lambda: python("import sys; print('port', sys.argv[1]); exit(1)", next(ports))
desk.start([Service("web", command, dict(os.environ))])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        said = process.communicate(timeout=30)[0]
    assert re.findall(r"port (\d+)", said) == ["8000", "8001", "8002"]


def test_a_one_off_command_runs_without_prefix_beside_the_services():
    body = """
desk.start([service("web", SLEEPS)])
print(desk.run(service("migrate", "print('one'); print('two'); exit(4)")))
"""
    with toy_desk(body) as process:
        said = process.communicate(timeout=30)[0].splitlines()
    assert [line for line in said if "web" not in line] == ["one", "two", "4"]
    assert said[-1] == "web | stopped (killed by SIGTERM)"


def test_ctrl_c_ends_a_one_off_command():
    body = """
print(desk.run(service("migrate", SLEEPS)), desk.is_stopping)
"""
    with toy_desk(body) as process:
        read_until(process, "up")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[0] == "-15 True\n"


def test_a_one_off_command_survives_a_crash_beside_it():
    body = """
desk.start([service("worker", "exit(1)")])
print(desk.run(service("migrate", "import time; time.sleep(0.1); print('done')")))
"""
    with toy_desk(body) as process:
        said = process.communicate(timeout=30)[0].splitlines()
    assert "done" in said
    assert "0" in said


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the children of a killed parent")
def test_nothing_outlives_a_killed_supervisor():
    body = """
desk.start([service(name, "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)") for name in "ab"])
desk.until_stopped()
"""
    with toy_desk(body) as process:
        children = [int(line.split()[-1]) for line in read_until(process, "pid", times=2)]
        assert all(lives(child) for child in children)
        process.kill()
        process.wait()
        assert eventually(lambda: not any(lives(child) for child in children))


def test_it_stops_nothing_it_did_not_start():
    body = """
desk.start([service("web", SLEEPS)])
desk.until_stopped()
"""
    sleeper = "print('up', flush=True); __import__('time').sleep(600)"
    with program(sleeper) as stranger, toy_desk(body) as process:
        read_until(stranger, "up")
        read_until(process, "| up")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert stranger.poll() is None
