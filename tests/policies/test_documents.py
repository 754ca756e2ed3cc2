"""Law: what the documents name exists: files, names in files, links, make targets, scenes of the pictures."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from callbacks.states import Command
from tests.browser.pictures import index
from tests.browser.scenes import SCENES

HOUSE = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")]
    # Its pictures are made by `make screenshots`; the index is compared with the scenes below.
    if path.parent.name != "screenshots"
)
# `vault/reveal.py:reveal`, `intake/views.py:VapiWebhook.post`
PLACE = re.compile(r"`([\w./-]+\.py):([A-Za-z_][\w.]*)`")
# `accounts/roles.py`, `tests/policies/`, `Makefile`; with <...>, *, $ or ~ it is a pattern or a place of an operator's.
ROOMS = (
    "config",
    "intake",
    "callbacks",
    "accounts",
    "vault",
    "audit",
    "lib",
    "templates",
    "static",
    "tests",
    "docs",
    "bench",
)
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


@cache
def names_in(path: Path) -> frozenset[str]:
    """Every function, class, method and module-level name of a file, methods as `Class.method`."""
    return frozenset(_names(ast.parse(path.read_text()).body, prefix=""))


def _names(body: list[ast.stmt], prefix: str) -> list[str]:
    found: list[str] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                found += _names(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [prefix + target.id for target in targets if isinstance(target, ast.Name)]
    return found


def test_the_documents_are_found():
    names = {name_of(path) for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/develop/walk.md"} <= names


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
class TestADocument:
    def test_names_files_that_exist(self, document: Path):
        text = document.read_text()
        missing = [path for path in PATH.findall(text) if not (HOUSE / path).exists()]
        links = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
        assert (missing, links) == ([], [])

    def test_names_things_that_are_in_those_files(self, document: Path):
        gone = [
            f"{path}:{name}"
            for path, name in PLACE.findall(document.read_text())
            if not (HOUSE / path).exists() or name not in names_in(HOUSE / path)
        ]
        assert gone == []

    def test_names_make_targets_that_exist(self, document: Path):
        targets = set(re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(), flags=re.MULTILINE))
        named = re.findall(r"`make ([a-z][a-z-]*)|^make ([a-z][a-z-]*)", document.read_text(), flags=re.MULTILINE)
        assert {first or second for first, second in named} <= targets


def test_the_walk_goes_through_every_room():
    walk = (HOUSE / "docs" / "develop" / "walk.md").read_text()
    places = [path for path, _ in PLACE.findall(walk)]
    assert len(places) >= 30
    assert {path.partition("/")[0] for path in places} == {
        "config", "intake", "callbacks", "accounts", "vault", "audit", "lib",
    }  # fmt: skip


def test_the_engines_table_has_every_command():
    rows = (HOUSE / "docs" / "develop" / "engine.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", rows, flags=re.MULTILINE)) == {command.value for command in Command}


def test_the_index_of_the_pictures_is_the_scenes():
    """`make screenshots` writes it; a new scene without its line fails here."""
    assert (HOUSE / "docs" / "screenshots" / "README.md").read_text() == index()
    assert len({scene.name for scene in SCENES}) == len(SCENES)


def test_every_decision_has_a_number_of_its_own_and_says_why_and_what_it_costs():
    folder = HOUSE / "docs" / "decisions"
    decisions = {path.name: path.read_text() for path in folder.glob("0*.md")}
    numbers = [name.partition("-")[0] for name in decisions]
    assert len(numbers) == len(set(numbers)), sorted(decisions)
    for name, text in decisions.items():
        for part in ("**Decided.**", "**Why.**", "**Costs.**"):
            assert part in text, f"{name} does not say {part}"
