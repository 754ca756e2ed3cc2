"""Config's private files: folders nobody else may enter, secrets written once and never half."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make `path` with mode 0700 if it is missing; an existing folder keeps the mode its owner gave it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, content: str) -> None:
    """Replace `path` by a file of mode 0600, whole or not at all."""
    draft = _draft_beside(path, content)
    draft.replace(path)


def keep_secret(path: Path, make: Callable[[], str]) -> bool:
    """Write what `make` gives to `path` (mode 0600) unless the file is there; True when it was written now.

    A link either appears whole or not at all, so a crash leaves no empty key and of two starters one wins.
    """
    if path.exists():
        return False
    draft = _draft_beside(path, make())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _draft_beside(path: Path, content: str) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
