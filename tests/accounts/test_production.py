"""Production insists on a second factor: without one the desk does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


def start(settings, **environment):
    return subprocess.run(
        [sys.executable, "-c", f"import {settings} as chosen; print(chosen.MFA_REQUIRED)"],
        cwd=HOUSE,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("settings", ["config.settings.prod", "config.settings.rehearsal"])
def test_production_without_it_refuses_to_start(settings):
    refused = start(settings, MFA_REQUIRED="0")
    assert refused.returncode != 0
    assert "MFA_REQUIRED must not be 0 in production" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("environment", [{}, {"MFA_REQUIRED": "1"}])
def test_production_requires_it_unasked(environment):
    assert start("config.settings.rehearsal", **environment).stdout.strip() == "True"
