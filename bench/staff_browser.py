"""Bench's member of staff: signs in over HTTP as a person does, and asks for pages on one kept connection."""

import http.client
import json
import re
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from bench.processes import HOST

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class StaffBrowser:
    """A signed-in browser, without scripts. Raises RuntimeError for any answer but the expected one."""

    def __init__(self, port: int, data: Path, username: str) -> None:
        accounts = json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))
        password = next(account["password"] for account in accounts if account["username"] == username)
        self._origin = f"http://{HOST}:{port}"
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._cookies: dict[str, str] = {}
        self.post("/sign-in", self.get("/sign-in"), username=username, password=password)

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> bytes:
        """The page's body; a poll's is empty while nothing changed."""
        return self._ask("GET", path, None, expected={200, 204})

    def post(self, path: str, page: bytes, **form: str) -> None:
        """Send a form with the token of the page it stands on; a redirect is success."""
        token = _TOKEN.search(page)
        if token is None:
            raise RuntimeError(f"no form for {path} on that page")
        body = urlencode({"csrfmiddlewaretoken": token[1].decode(), **form})
        self._ask("POST", path, body, expected={302})

    def seconds(self, path: str) -> float:
        """From asking for a page to its last byte."""
        started = time.perf_counter()
        self.get(path)
        return time.perf_counter() - started

    def _ask(self, method: str, path: str, body: str | None, *, expected: set[int]) -> bytes:
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._origin}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except ConnectionError:
            # Kept idle for longer than the desk keeps it; the next request opens another.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        if answer.status not in expected:
            raise RuntimeError(f"{method} {path} was answered {answer.status}")
        return content
