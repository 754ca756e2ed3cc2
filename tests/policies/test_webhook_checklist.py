"""Law: every row of the webhook's checklist names tests that exist and run, and its figures are the suites' own."""

import ast
import re

import pytest

from tests.intake.torture import ANSWERS, BROKEN_OFF, DOCUMENTS, REFUSED, TAKEN
from tests.intake.tried import ADDRESSES, REQUESTS, SHAPES
from tests.intake.wire import cases
from tests.policies.test_documents import HOUSE, PLACE, names_in
from tests.policies.test_source import name_of, nodes

TEXT = (HOUSE / "docs" / "comply" / "webhook.md").read_text()
ROWS = {int(row): rest for row, rest in re.findall(r"^\| (\d+) \|(.+)$", TEXT, flags=re.MULTILINE)}


def test_all_rows_are_there():
    assert list(ROWS) == list(range(1, 23))


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_tests_that_run(row):
    named = PLACE.findall(ROWS[row])
    assert named, "a row without a test is a promise"
    for path, name in named:
        assert name.rpartition(".")[2].startswith("test_")
        assert name in names_in(HOUSE / path), f"{path}:{name}"
        assert not skipped(path, name.rpartition(".")[2]), f"{path}:{name} is skipped"


def skipped(path: str, name: str) -> bool:
    """Whether a test is marked to be left out."""
    return any(
        name_of(mark) in {"skip", "skipif", "xfail"}
        for node in nodes(HOUSE / path)
        if isinstance(node, ast.FunctionDef) and node.name == name
        for mark in node.decorator_list
    )


def test_a_mark_that_leaves_a_test_out_is_seen(tmp_path):
    path = tmp_path / "test_x.py"
    path.write_text("@pytest.mark.skip(reason='later')\ndef test_a():\n    pass\n\ndef test_b():\n    pass\n")
    assert skipped(str(path), "test_a")
    assert not skipped(str(path), "test_b")


def test_the_endpoints_read_raw_bytes_only():
    """DRF's parsed body would be read before the signature is; `body` is asked for once, and is what was sent."""
    for module in ("intake/views.py", "intake/tokens.py"):
        asked = [node.attr for node in nodes(HOUSE / module) if isinstance(node, ast.Attribute)]
        assert {"data", "POST", "FILES", "stream"}.isdisjoint(asked), module
        assert asked.count("body") == 1, module


def test_the_figures_are_the_suites_own():
    told = {
        suite: int(count) for suite, count in re.findall(r"^\| ([a-z]+) \| .* \| (\d+) \|$", TEXT, flags=re.MULTILINE)
    }
    suites = {
        "torture": len(TAKEN) + len(ANSWERS) + len(REFUSED) + len(DOCUMENTS) + len(BROKEN_OFF),
        "shapes": SHAPES,
        "wire": len(cases()),
        "schemathesis": REQUESTS * len(ADDRESSES),
    }
    assert told == {**suites, "all": sum(suites.values())}
