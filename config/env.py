"""Config reads the environment: a value, or a file named by NAME_FILE; a wrong one stops the start with a sentence.

No sentence repeats a value: it may be a password, and the sentence ends up in a log.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

MINIMUM_SECRET_BYTES = 24
# Write for the group, anything but passing through for everybody else.
_TOO_OPEN = stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
_LONGEST_FILE = 65_536


class SettingError(SystemExit):
    """A setting is missing or wrong. SystemExit, so that the operator reads one sentence and no traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"ringback: {sentence}")
        self.sentence = sentence


def text(name: str, default: str | None = None, *, environ: Mapping[str, str] = os.environ) -> str | None:
    """Value of NAME, else the stripped content of the file NAME_FILE names, else the default."""
    value = environ.get(name)
    file_name = environ.get(f"{name}_FILE")
    if value is not None and file_name is not None:
        raise SettingError(f"{name} and {name}_FILE are both set; keep one of them.")
    if file_name is not None:
        return _content(f"{name}_FILE", file_name)
    return default if value is None else value.strip()


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Whether the operator set NAME or NAME_FILE."""
    return name in environ or f"{name}_FILE" in environ


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


def number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within its bounds, both included."""
    value = text(name)
    if value is None or value == "":
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and least <= int(value) <= most):
        raise SettingError(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def one_of(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of the words, whatever its case in the environment."""
    value = (text(name) or default).upper()
    if value not in choices:
        raise SettingError(f"{name} must be one of {', '.join(choices)}.")
    return value


def rate(name: str, default: str) -> int | None:
    """How often a minute: `600/min` gives 600, `off` gives None."""
    value = text(name) or default
    if value.lower() == "off":
        return None
    count, separator, unit = value.partition("/")
    if not separator or unit not in {"min", "minute"} or not (count.isascii() and count.isdecimal()) or int(count) < 1:
        raise SettingError(f"{name} must read like 600/min, or off.")
    return int(count)


def secrets(name: str, *, alias: str | None = None) -> list[str]:
    """Comma-separated secrets, newest first; none set gives []. Empty or shorter than 24 bytes is refused."""
    value = text(name)
    if alias is not None and (other := text(alias)) is not None:
        if value is not None:
            raise SettingError(f"{name} and {alias} are two names of one setting; keep one of them.")
        name, value = alias, other
    if value is None:
        return []
    found = [part.strip() for part in value.split(",")]
    for part in found:
        if len(part.encode()) < MINIMUM_SECRET_BYTES:
            raise SettingError(f"{name} holds an empty or short secret; each needs at least 24 bytes.")
    return found


def split_url(url: str, *, name: str) -> SplitResult:
    """The parts of an address. One that cannot be read is refused, port included."""
    try:
        parts = urlsplit(url)
        # Both are worked out on reading, and may then find that there is nothing to read.
        _ = parts.port, parts.hostname
    except ValueError:
        raise SettingError(f"{name} is no address that can be read; check its brackets and its port.") from None
    return parts


def database(url: str, *, name: str) -> dict[str, Any]:
    """A Django DATABASES entry from `postgresql://user:password@host:port/name?option=value`.

    A unix socket is `?host=/folder`; other query parameters (sslmode, sslrootcert, ...) become connection options.
    """
    parts = split_url(url, name=name)
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


def _content(name: str, file_name: str) -> str:
    """Content of a setting's file, from one descriptor, so that what was looked at is what is read."""
    try:
        with Path(file_name).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        # ValueError: a name with a NUL byte.
        reason = getattr(error, "strerror", None) or "not a file name"
        raise SettingError(f"{name} names a file that cannot be read ({reason}).") from None
    if mode & _TOO_OPEN:
        raise SettingError(f"{name} names a file that others may read or change; chmod it to 600, or to 640.")
    if len(content) > _LONGEST_FILE:
        raise SettingError(f"{name} names a file of more than {_LONGEST_FILE} bytes; that is no setting.")
    try:
        value = content.decode().strip()
    except UnicodeDecodeError:
        raise SettingError(f"{name} names a file that is not UTF-8 text.") from None
    if not value:
        raise SettingError(f"{name} names an empty file; write the value into it.")
    return value
