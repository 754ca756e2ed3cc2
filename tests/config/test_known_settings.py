"""The list of settings is the truth: the code reads no other name, and the operator's table is written from it."""

import ast
from collections.abc import Iterator

import pytest

from config.env import SettingError
from config.known_settings import SETTINGS, as_markdown, refuse_mistyped
from tests.config.processes import REPOSITORY

ROOMS = ("config", "intake", "callbacks", "accounts", "vault", "audit", "lib")
READERS = {"text", "required", "flag", "number", "one_of", "secrets", "is_set"}


def literals(call: ast.Call) -> Iterator[str]:
    for argument in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "alias")]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def names_in_the_code() -> set[str]:
    """Every text in capitals that the rooms hand to a function of config.env, or hold in a tuple of names for one."""
    known = {setting.name for setting in SETTINGS}
    found = set()
    for room in ROOMS:
        for path in (REPOSITORY / room).rglob("*.py"):
            if path.name == "known_settings.py":
                continue
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    function = node.func
                    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                    if name in READERS:
                        found |= {text for text in literals(node) if text.isupper() and "%" not in text}
                if isinstance(node, ast.Constant) and node.value in known:
                    found.add(node.value)
    return found - {"INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"} | {"DEBUG"}


def test_the_operators_table_is_written_from_the_list():
    written = (REPOSITORY / "docs" / "operate" / "settings.md").read_text()
    assert written == as_markdown(), "write it anew: python -m config.known_settings > docs/operate/settings.md"


def test_the_code_reads_what_is_listed_and_nothing_else():
    listed = {setting.name for setting in SETTINGS if not setting.is_reserved}
    assert names_in_the_code() == listed, (
        "complete config/known_settings.py; a name that is read is no longer reserved"
    )


@pytest.mark.parametrize(
    "name", ["INTAKE_STRICTT", "INTAKE_RATELIMIT", "VAPI_SERVER_SECRETS", "DATABASE_OWNER_URI_FILE", "RINGBACK_X"]
)
def test_a_mistyped_name_is_refused(name):
    with pytest.raises(SettingError, match=f"{name} is no setting of Ringback") as refused:
        refuse_mistyped({name: "Zqxcanary"})
    assert "Zqxcanary" not in refused.value.sentence


@pytest.mark.parametrize(
    "name", ["EXPORT", "REPORT", "PATH", "VAPI_SERVER_SECRET_FILE", "TWILIO_PHONE_NUMBER", "DJANGO_SETTINGS_MODULE"]
)
def test_names_of_others_are_left_alone(name):
    refuse_mistyped({name: "1"})
