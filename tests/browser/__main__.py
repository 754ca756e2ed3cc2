"""`make screenshots`: takes every scene, wide and narrow, light and dark, and writes the index of the pictures.

The desk is the tests' own: a throw-away PostgreSQL and broker, the real pages, invented callers, and a clock that
stands still, so that the same code gives the same pictures (but for the random ids in the trail). All of it is stopped
at the end.
"""

import argparse
import os
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
CAMERA = Path(__file__).with_name("pictures.py")


class Album:
    """The pytest plugin that hands the camera its scenes and its folder, and says what was taken."""

    def __init__(self, folder: Path, wanted: list[str]) -> None:
        self.folder = folder
        self.wanted = wanted
        self.taken = 0
        self.scenes = 0
        # Pytest keeps an error of collection for its summary, which is off here.
        self.problem = ""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        # The camera's module is imported by pytest, once Django stands; this one must not import it before.
        known = {scene.name: scene for scene in metafunc.module.SCENES}
        if unknown := [name for name in self.wanted if name not in known]:
            self.problem = f"There is no scene {', '.join(unknown)}. There are: {', '.join(known)}."
            raise pytest.UsageError(self.problem)
        scenes = [known[name] for name in self.wanted or known]
        self.scenes = len(scenes)
        metafunc.parametrize("scene", scenes, ids=[scene.name for scene in scenes])
        (self.folder / "README.md").write_text(metafunc.module.index(), encoding="utf-8")

    @pytest.fixture(name="folder")
    def its_folder(self) -> Path:
        return self.folder

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A line a scene instead of pytest's dots."""
        if report.when != "call" or report.failed:
            return None
        self.taken += 1
        name = report.nodeid.partition("[")[2].removesuffix("]")
        return "passed", f"  {self.taken:>3} of {self.scenes}  {name}\n", ""


def main(arguments: list[str]) -> int:
    """Take the pictures; 0 when every one was taken."""
    parser = argparse.ArgumentParser(
        prog="make screenshots",
        description="Takes pictures of every page and state of the desk, and writes their index.",
        epilog="Takes two to four minutes for all. docs/screenshots/README.md names the scenes.",
    )
    parser.add_argument("scenes", nargs="*", metavar="scene", help="only these scenes; default: all")
    parser.add_argument(
        "--into", type=Path, default=HOUSE / "docs" / "screenshots", help="folder of the pictures (%(default)s)"
    )
    options = parser.parse_args(arguments)
    folder = options.into.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # Without a browser there is nothing to take, and that is a failure here.
    os.environ["REQUIRE_BROWSER"] = "1"
    print("Starting a desk of its own ...", flush=True)
    album = Album(folder, options.scenes)
    quiet = ["-q", "--no-header", "--no-summary", "--show-capture=no", "--tb=short", "-p", "no:randomly"]
    status = pytest.main([str(CAMERA), *quiet], plugins=[album])
    if album.problem:
        print(album.problem)
    print(f"{album.taken} of {album.scenes} scenes are in {folder}; the desk is stopped.")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
