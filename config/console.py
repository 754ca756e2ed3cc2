"""Config's console: the one writer of everything a desk prints, whole lines only, each with its service's name."""

import io
import os
from typing import TextIO

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
# A line longer than this is written in pieces, so that a stream without line ends cannot fill the memory.
_LONGEST_LINE = 64 * 1024


class Console:
    """Writes to one stream. A terminal or pipe that went away silences it; it never stops the desk."""

    def __init__(self, stream: TextIO) -> None:
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without UTF-8 shows question marks; it does not stop the desk.
            stream.reconfigure(errors="replace")
        self._stream = stream
        self._has_colour = stream.isatty() and "NO_COLOR" not in os.environ
        self._width = 0
        self._colours: dict[str, int] = {}
        self._is_gone = False

    def introduce(self, name: str) -> None:
        """Give `name` a colour and widen the column of names to it."""
        self._width = max(self._width, len(name))
        self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])

    def say(self, line: str, *, name: str | None = None) -> None:
        """Write one line, after the service's name where one is given."""
        self._write(f"{self._prefix(name)}{line}\n")

    def _prefix(self, name: str | None) -> str:
        if name is None:
            return ""
        padded = f"{name:<{self._width}} | "
        return f"\x1b[{self._colours[name]}m{padded}\x1b[0m" if self._has_colour else padded

    def _write(self, text: str) -> None:
        if self._is_gone:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # Nobody reads any more (`| head`, a closed terminal). The desk goes on; its end is a signal's business.
            self._is_gone = True


class Lines:
    """Bytes of one process, given to the console line by line."""

    def __init__(self, console: Console, name: str | None) -> None:
        self._console = console
        self._name = name
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._say(line)
        while len(self._rest) > _LONGEST_LINE:
            self._say(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]

    def finish(self) -> None:
        """Write what came without a line end."""
        if self._rest:
            self._say(self._rest)
            self._rest = b""

    def _say(self, line: bytes) -> None:
        self._console.say(line.decode(errors="replace").rstrip("\r"), name=self._name)
