"""Bench's slow disk: a library that makes every fsync of PostgreSQL wait one millisecond more.

Not `commit_delay`: who arrives during that sleep joins the group that is about to be written, which no disk allows.
"""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_disk.c")


def build(folder: Path) -> Path | None:
    """The library, compiled into `folder`; None where the machine has no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "slow_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    # PostgreSQL may run as another account.
    library.chmod(0o755)
    return library
