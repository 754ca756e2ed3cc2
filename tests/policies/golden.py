"""Golden files: what the laws expect, committed as text, so that a change of it is read in a diff.

`make test ARGS="tests/policies --regenerate-golden"` writes them anew; then read the diff, line by line, and commit it
with the change that made it.
"""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"
FLAG = "--regenerate-golden"
HOW = f'If this is meant, run `make test ARGS="tests/policies {FLAG}"`, read the diff and commit it.'

# What differs between the expected text and the one found, as sentences; none when they say the same.
Explain = Callable[[str, str], list[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        FLAG, action="store_true", help="write the golden files of tests/policies anew instead of comparing"
    )


def changed_lines(expected: str, found: str) -> list[str]:
    """A difference said line by line, for files that need no better explanation."""
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=2)
    return [line for line in lines if not line.startswith("@@")]


class Golden:
    """The golden files of one run: compared, or written anew."""

    def __init__(self, *, regenerates: bool, folder: Path = FOLDER) -> None:
        self.regenerates = regenerates
        self.folder = folder

    def check(self, name: str, found: str, explain: Explain = changed_lines) -> None:
        """Fail unless the file `name` holds `found`; the failure says what differs and how to accept it."""
        path = self.folder / name
        if self.regenerates:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found)
            return
        expected = path.read_text() if path.exists() else ""
        if expected == found:
            return
        reasons = explain(expected, found) or ["It says the same in another form."]
        pytest.fail("\n".join([f"{name} is not what the desk does:", *reasons, HOW]), pytrace=False)

    def check_names(self, folder: str, names: set[str]) -> None:
        """Fail when the folder holds a file that nothing compares any more."""
        stale = {path.name for path in (self.folder / folder).iterdir()} - names
        if self.regenerates:
            for name in stale:
                (self.folder / folder / name).unlink()
            return
        assert not stale, f"{folder} holds files of rooms that have no such page any more: {sorted(stale)}. {HOW}"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(regenerates=bool(request.config.getoption(FLAG)))
