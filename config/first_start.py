"""Config's first start: makes the desk's keys and tells other terminals where the running desk's servers are.

Imports neither Django nor settings, because the settings import it.
"""

import base64
import os
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import NamedTuple

from config.env import SettingError, is_set, text
from config.private_files import keep_secret, private_folder, write_private

REPOSITORY = Path(__file__).resolve().parent.parent
DATABASE_NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "AUDIT_READER_URL", "AUDIT_SEALER_URL")
BROKER_NAME = "REDIS_URL"
DESK_ENVIRONMENT = "desk.env"
SIGNING_KEY = "AUDIT_SIGNING_KEY"


def _field_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class _Key(NamedTuple):
    setting: str
    # Under <data>/keys.
    file_name: str
    make: Callable[[], str]
    # Another spelling of the same setting: where it is set, the file must not add a second value.
    alias: str | None = None


_KEYS = (
    _Key("SECRET_KEY", "secret_key", lambda: secrets.token_urlsafe(64)),
    _Key("FIELD_ENCRYPTION_KEY", "field_encryption_key", _field_key),
    _Key("FIELD_INDEX_KEY", "field_index_key", _field_key),
    _Key("VAPI_SERVER_SECRET", "vapi_server_secret", lambda: secrets.token_urlsafe(32), "VAPI_WEBHOOK_SECRET"),
)


def data_folder(environ: Mapping[str, str]) -> Path:
    """Absolute folder of the desk's data: RINGBACK_DATA, else `var` in the checkout."""
    return Path(text("RINGBACK_DATA", environ=environ) or REPOSITORY / "var").absolute()


def make_data_folder(data_dir: Path) -> None:
    """Make the data folder; an existing one keeps its mode.

    Others may pass through but not look: in a container PostgreSQL may have to run as another account than root.
    Everything in it that matters is private by itself.
    """
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)


def ensure_keys(data_dir: Path) -> bool:
    """Make the keys that are missing in `<data_dir>/keys`; True when one was made now. Never replaces a key."""
    make_data_folder(data_dir)
    folder = private_folder(data_dir / "keys")
    made = [keep_secret(folder / key.file_name, key.make) for key in _KEYS]
    return any(made)


def ensure_signing_key(data_dir: Path) -> Path:
    """Make the key that signs the trail's seals unless it is there; where it is.

    None of `_KEYS`, because those are read by every process of the desk: the launcher names this file to the sealer
    alone (decision 27).
    """
    path = private_folder(data_dir / "keys") / SIGNING_KEY.lower()
    keep_secret(path, lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    return path


def write_desk_environment(data_dir: Path, environment: Mapping[str, str]) -> None:
    """Note the URLs of the servers a running desk started, for commands in other terminals."""
    lines = [f"{name}={value}\n" for name, value in environment.items()]
    write_private(data_dir / DESK_ENVIRONMENT, "".join(lines))


def remove_desk_environment(data_dir: Path) -> None:
    (data_dir / DESK_ENVIRONMENT).unlink(missing_ok=True)


def load_desk_environment(environ: MutableMapping[str, str]) -> None:
    """Complete `environ` with the running desk's server URLs and the data folder's keys.

    What the operator set, directly or as NAME_FILE, always wins; an own DATABASE_URL keeps out all four database
    URLs, because logins of two different servers must never mix. What no file holds stays missing: the settings
    name it. Raises SettingError when a file is there but cannot be read.
    """
    folder = data_folder(environ)
    noted = _parse(_content(folder / DESK_ENVIRONMENT) or "")
    names = (BROKER_NAME,) if is_set(environ, "DATABASE_URL") else (*DATABASE_NAMES, BROKER_NAME)
    for name in names:
        if name in noted and not is_set(environ, name):
            environ[name] = noted[name]
    for key in _KEYS:
        if is_set(environ, key.setting) or (key.alias is not None and is_set(environ, key.alias)):
            continue
        value = _content(folder / "keys" / key.file_name)
        if value is not None:
            environ[key.setting] = value.strip()


def _parse(content: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in content.splitlines())
    return {name: value for name, separator, value in pairs if separator}


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SettingError(f"{path} cannot be read ({os.strerror(error.errno or 0)}).") from None
