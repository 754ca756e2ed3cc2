"""A worker killed between any two statements of a lane leaves nothing lost and nothing doubled."""

import subprocess
import sys

import pytest

from tests.live_desk import REPOSITORY, desk_environment

KILLED_SENDER = "import django; django.setup(); from tests.callbacks.crm.killed_sender import main; main()"


@pytest.mark.django_db(transaction=True)
def test_every_death_ends_with_one_object_at_the_last_version(cast, postgres, tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", KILLED_SENDER],
        env=desk_environment(postgres, tmp_path, RINGBACK_DATABASE_POOL=""),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    deaths = [line.split(maxsplit=1)[1] for line in told.stdout.splitlines()]
    # Before the request, after it and unknown to us, and after we knew.
    assert {"not told, 0 there", "may be told, 1 there", "told, 1 there"} <= set(deaths)
