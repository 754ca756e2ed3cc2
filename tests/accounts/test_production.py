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


def test_productions_cookies_belong_to_this_host_alone_and_no_script_reads_them():
    names = ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")
    asked = [f"{cookie}_COOKIE_{name}" for cookie in ("SESSION", "CSRF") for name in names]
    printed = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from django.conf import settings; print(*(getattr(settings, name) for name in {asked}), settings.DEMO)",
        ],
        cwd=HOUSE,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.rehearsal"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    # `__Host-` binds to https, to this very host and to the whole of it: a neighbour's page cannot plant one.
    assert printed.stdout.split() == [
        "__Host-session", "True", "True", "Lax", "/", "None",
        "__Host-csrf", "True", "True", "Lax", "/", "None",
        "False",
    ]  # fmt: skip
