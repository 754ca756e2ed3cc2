"""Tests of config: folders with short names, because a server keeps its socket in its folder only where the path is short."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of this test alone, gone afterwards; pytest's own is deeper in a run that several processes share."""
    with tempfile.TemporaryDirectory(prefix="rb-", ignore_cleanup_errors=True) as name:
        yield Path(name)
