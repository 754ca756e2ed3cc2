"""Config reads the environment: a value, or a file named by NAME_FILE; a wrong one stops the start with a sentence."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MINIMUM_SECRET_BYTES = 24


class SettingError(SystemExit):
    """A setting is missing or wrong. SystemExit, so that the operator reads one sentence and no traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"ringback: {sentence}")
        self.sentence = sentence


def text(name: str, default: str | None = None) -> str | None:
    """Value of NAME, else the stripped content of the file NAME_FILE names, else the default."""
    value = os.environ.get(name)
    file_name = os.environ.get(f"{name}_FILE")
    if value is not None and file_name is not None:
        raise SettingError(f"{name} and {name}_FILE are both set; keep one of them.")
    if file_name is not None:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE names a file that cannot be read ({error.strerror}).") from None
    return default if value is None else value.strip()


def required(name: str) -> str:
    value = text(name)
    if not value:
        raise SettingError(f"{name} is not set; set it, or {name}_FILE to a file that holds it.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name)
    if value is None or value == "":
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name} must be 1 or 0, not the text it holds.")


def number(name: str, default: int) -> int:
    value = text(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise SettingError(f"{name} must be a whole number.") from None


def secrets(name: str, *, alias: str | None = None) -> list[str]:
    """Comma-separated secrets, newest first; none set gives []. Empty or shorter than 24 bytes is refused."""
    value = text(name)
    if value is None and alias is not None:
        name, value = alias, text(alias)
    if value is None:
        return []
    found = [part.strip() for part in value.split(",")]
    for part in found:
        if len(part.encode()) < MINIMUM_SECRET_BYTES:
            raise SettingError(f"{name} holds an empty or short secret; each needs at least 24 bytes.")
    return found


def database(url: str, *, name: str) -> dict[str, Any]:
    """A Django DATABASES entry from `postgresql://user:password@host:port/name?option=value`.

    A unix socket is `?host=/folder`; other query parameters (sslmode, sslrootcert, ...) become connection options.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise SettingError(f"{name} must start with postgresql://; Ringback runs on PostgreSQL only.")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name or not parts.username:
        raise SettingError(f"{name} needs a user and a database name: postgresql://user:password@host/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }
