"""The deployment checks find what a settings file of the operator's own undid, and `check --deploy` fails on it."""

import subprocess
import sys

import pytest

from config.checks import check_deployment
from tests.config.processes import REPOSITORY, operators_environment

SAFE = {
    "DEMO": False,
    "ALLOWED_HOSTS": ["desk.example.com"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
}


def found(settings, **changes):
    for name, value in (SAFE | changes).items():
        setattr(settings, name, value)
    return [problem.id for problem in check_deployment(None)]


def test_a_safe_deployment_has_no_problem(settings):
    assert found(settings) == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DEMO", True, "config.E001"),
        ("ALLOWED_HOSTS", ["*"], "config.E002"),
        ("ALLOWED_HOSTS", [".example.com"], "config.E002"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "config.E003"),
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"], "config.E004"),
        ("ADMINS", [("Max", "max@example.com")], "config.E005"),
    ],
)
def test_each_unsafe_setting_is_found(settings, name, value, problem):
    assert found(settings, **{name: value}) == [problem]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ALLOWED_HOSTS = ['*']", "config.E002"),
        ("EMAIL_BACKEND = 'django.core.mail.backends.console.EmailBackend'", "config.E003"),
        ("DEBUG = True", "security.W018"),
    ],
)
def test_make_checks_own_command_fails_on_it(tmp_path, line, problem):
    (tmp_path / "operators_settings.py").write_text(f"from config.settings.rehearsal import *\n{line}\n")
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "check",
            "--deploy",
            "--fail-level",
            "WARNING",
            "--settings",
            "operators_settings",
        ],
        env={**operators_environment(), "PYTHONPATH": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert problem in done.stderr
