"""Audit's verifier: is this export of the trail what was sealed? One file, Python's standard library, no network.

    python3 verify.py EXPORT [--expect-head N:HASH] [--anchor FILE] [--key PUBLIC_KEY_HEX] [--all-signatures]

EXPORT is a folder or a zip with `seals.ndjson` ({"n", "body", "signature"}, in order) and `events.ndjson`
({"n", "i", "line"}, in order of n and i; in an extract each has its "path" of sibling hashes, hex). An archive has
`leaves.ndjson` too ({"n", "ids", "leaves"}: which event each leaf of a seal was). A `manifest.json` says {"format": "ringback-trail-1", "scope": "archive" or "extract"}. docs/comply/seals.md describes every field.

Exit code 0: intact. 1: not what was sealed; every difference is named. 2: the export cannot be read.
A cut tail looks like a shorter trail: only a head you kept elsewhere (--expect-head), or the file of an anchor (--anchor: lines "N:HASH time"), shows it.
"""

import argparse
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import IO, Any

FORMAT = "ringback-trail-1"
NO_SEAL = "0" * 64
# What is said in full; a broken archive may differ in every line.
SHOWN = 50


class UnusableError(Exception):
    """The export is not one: a file is missing or does not parse."""


class Findings:
    """Differences found so far, in words."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        self.sentences.append(sentence)


# --- Ed25519, RFC 8032 §5.1.7 -------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _point(encoded: bytes) -> Point | None:
    number = int.from_bytes(encoded, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message is this key's."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= ORDER:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = _times(scalar, BASE), _add(nonce, _times(digest, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# --- Merkle tree, RFC 6962 §2.1 -----------------------------------------------------------------------------------


def leaf_of(line: str) -> bytes:
    return hashlib.sha256(b"\x00" + line.encode()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    level = leaves or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        above = [_node(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        level = [*above, level[-1]] if len(level) % 2 else above
    return level[0]


def root_by_path(leaf: bytes, index: int, count: int, path: list[bytes]) -> bytes | None:
    """The root a leaf's path leads to (RFC 9162 §2.1.3.2); None when the path has the wrong length."""
    if not 0 <= index < count:
        return None
    at, last, found = index, count - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = _node(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


# --- Reading ------------------------------------------------------------------------------------------------------


class Export:
    """A folder or a zip, read line by line: an archive of years does not fit into memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = None
        if not path.is_dir():
            try:
                self._zip = zipfile.ZipFile(path)
            except (OSError, zipfile.BadZipFile) as error:
                raise UnusableError(f"{path} is neither a folder nor a zip: {error}") from None

    def _open(self, name: str) -> IO[str]:
        try:
            if self._zip is not None:
                return io.TextIOWrapper(self._zip.open(name), encoding="utf-8", newline="\n")
            return (self._path / name).open(encoding="utf-8", newline="\n")
        except (OSError, KeyError):
            raise UnusableError(f"{name} is missing from the export") from None

    def manifest(self) -> dict[str, Any]:
        with self._open("manifest.json") as file:
            found = _parsed(file.read(), "manifest.json")
        if found.get("format") != FORMAT or found.get("scope") not in {"archive", "extract"}:
            raise UnusableError(f"manifest.json does not describe a {FORMAT} archive or extract")
        return found

    def rows(self, name: str, keys: set[str]) -> Iterator[dict[str, Any]]:
        with self._open(name) as file:
            for number, text in enumerate(file, start=1):
                row = _parsed(text, f"{name}, line {number}")
                if not keys <= row.keys():
                    raise UnusableError(f"{name}, line {number}: {', '.join(sorted(keys - row.keys()))} missing")
                yield row


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise UnusableError(f"{where} is not JSON") from None
    if not isinstance(found, dict):
        raise UnusableError(f"{where} is not an object")
    return found


# --- The chain ----------------------------------------------------------------------------------------------------


class Chain:
    """The seals of an export: each names the one before it, and a key that an earlier one vouched for."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.bodies: dict[int, dict[str, Any]] = {}
        self.hashes: dict[int, str] = {}
        self.purged: list[tuple[int, int]] = []
        self._keys: dict[str, bytes] = {}
        self._streams: dict[str, int] = {}
        self._is_from_the_start = False

    def read(self, export: Export, *, key_hex: str, all_signatures: bool) -> None:
        """Follow the chain from its first seal; signatures of the first and the last, or of all."""
        last: tuple[dict[str, Any], bytes, bytes] | None = None
        for row in export.rows("seals.ndjson", {"n", "body", "signature"}):
            body, signature = _parsed(row["body"], f"body of seal {row['n']}"), bytes.fromhex(row["signature"])
            is_first = last is None
            self._follow(body, row, last[0] if last else None)
            if is_first:
                self._is_from_the_start = body["kind"] == "genesis"
                self._trust(body, key_hex)
            if is_first or all_signatures:
                self._check_signature(body, row["body"].encode(), signature)
            facts = body.get("facts", {})
            if "next_key" in facts:
                # Vouched for by the old key, so that key's signature is always checked.
                self._check_signature(body, row["body"].encode(), signature)
                self._keys[_key_id(facts["next_key"])] = bytes.fromhex(facts["next_key"])
            if body.get("kind") == "purge":
                self._check_signature(body, row["body"].encode(), signature)
                self.purged.append((facts["first_seal"], facts["last_seal"]))
            self._count_streams(body)
            self.bodies[body["n"]] = body
            self.hashes[body["n"]] = hashlib.sha256(row["body"].encode() + signature).hexdigest()
            last = (body, row["body"].encode(), signature)
        if last is None:
            raise UnusableError("seals.ndjson holds no seal")
        self._check_signature(*last)

    def _follow(self, body: dict[str, Any], row: dict[str, Any], before: dict[str, Any] | None) -> None:
        number = body["n"]
        if number != row["n"]:
            self._findings.add(f"seal {row['n']} calls itself {number}")
        if before is None:
            if body["kind"] == "genesis" and body["prev"] != NO_SEAL:
                self._findings.add(f"seal {number} is the first and names another before it")
            return
        if number != before["n"] + 1:
            self._findings.add(f"seal {before['n'] + 1} is missing: seal {number} follows seal {before['n']}")
        elif body["prev"] != self.hashes[before["n"]]:
            self._findings.add(f"chain broken: seal {number} does not name seal {before['n']} as it stands here")
        if body["epoch"] == before["epoch"] and body["lo"] != before["hi"]:
            self._findings.add(f"seal {number} leaves transactions {before['hi']} to {body['lo']} unsealed")

    def _trust(self, body: dict[str, Any], key_hex: str) -> None:
        """The first key: the one given, or else the one the first seal names."""
        named = body.get("facts", {}).get("public_key", "")
        public = key_hex or named
        if not public:
            raise UnusableError("the first seal names no key; give it with --key")
        if key_hex and named and key_hex != named:
            self._findings.add(f"seal {body['n']} names another key than the one you trust")
        self._keys[_key_id(public)] = bytes.fromhex(public)

    def _check_signature(self, body: dict[str, Any], text: bytes, signature: bytes) -> None:
        public = self._keys.get(body["key_id"])
        if public is None:
            self._findings.add(f"seal {body['n']} is signed by a key nobody vouched for")
        elif not is_signed(public, text, signature):
            self._findings.add(f"the signature of seal {body['n']} is not its key's")

    def _count_streams(self, body: dict[str, Any]) -> None:
        """A hole in a writer's numbers is an event deleted before it was sealed."""
        for stream, (first, last, count) in body.get("writers", {}).items():
            # A chain that starts later may meet a writer in the middle of its numbers.
            expected = self._streams.get(stream, 0 if self._is_from_the_start else first - 1) + 1
            missing = last - expected + 1 - count
            if missing:
                self._findings.add(
                    f"seal {body['n']}: {missing} events of writer {stream}, between {expected} and {last}, were never sealed"
                )
            self._streams[stream] = last

    def is_purged(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.purged)


def _key_id(public_hex: str) -> str:
    return hashlib.sha256(bytes.fromhex(public_hex)).hexdigest()[:16]


# --- The events ---------------------------------------------------------------------------------------------------


def check_archive(export: Export, chain: Chain, findings: Findings) -> int:
    """Every seal's events, all of them and in order, give its root. How many events were read."""
    seen: set[int] = set()
    broken: dict[int, list[bytes]] = {}
    total = 0
    for number, rows in groupby(export.rows("events.ndjson", {"n", "i", "line"}), key=lambda row: row["n"]):
        lines = [row["line"] for row in rows]
        total += len(lines)
        body = chain.bodies.get(number)
        if body is None:
            findings.add(f"{len(lines)} events stand under seal {number}, which is not in the chain")
            continue
        if number in seen:
            findings.add(f"events of seal {number} are out of order")
        seen.add(number)
        leaves = [leaf_of(line) for line in lines]
        if len(lines) != body["count"] or root_of(leaves).hex() != body["root"]:
            broken[number] = leaves
    for number, body in chain.bodies.items():
        if body["count"] and number not in seen and not chain.is_purged(number):
            findings.add(f"seal {number}: its {body['count']} events are missing, and no purge says why")
    _name_events(export, chain, broken, findings)
    return total


def _name_events(export: Export, chain: Chain, broken: dict[int, list[bytes]], findings: Findings) -> None:
    """Say which events of a seal were edited, removed or slipped in: by its leaves, which its root vouches for."""
    told: set[int] = set()
    for row in export.rows("leaves.ndjson", {"n", "ids", "leaves"}) if broken else ():
        number, sealed = row["n"], [bytes.fromhex(leaf) for leaf in row["leaves"]]
        if number not in broken or root_of(sealed).hex() != chain.bodies[number]["root"]:
            continue
        told.add(number)
        found = set(broken[number])
        for event_id, leaf in zip(row["ids"], sealed, strict=True):
            if leaf not in found:
                findings.add(f"seal {number}: event {event_id} is missing or was edited")
        extra = len(found - set(sealed))
        if extra:
            findings.add(f"seal {number}: {extra} events were not there when it was made")
        elif found == set(sealed):
            findings.add(f"seal {number}: its events are out of order, or one stands there twice")
    for number in broken.keys() - told:
        findings.add(f"seal {number}: its {chain.bodies[number]['count']} events are not what was sealed")


def check_extract(export: Export, chain: Chain, findings: Findings) -> int:
    """Each event's own path leads to its seal's root. How many events were read."""
    total = 0
    for row in export.rows("events.ndjson", {"n", "i", "line", "path"}):
        total += 1
        body = chain.bodies.get(row["n"])
        path = [bytes.fromhex(step) for step in row["path"]]
        found = body and root_by_path(leaf_of(row["line"]), row["i"], body["count"], path)
        if not body or not found or found.hex() != body["root"]:
            findings.add(f"event {row['i']} of seal {row['n']} is not what was sealed")
    return total


def check_head(chain: Chain, expected: str, findings: Findings) -> None:
    """The head somebody kept elsewhere must be in the chain as it was."""
    number, _, digest = expected.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise UnusableError("--expect-head wants N:HASH, as an anchor keeps it")
    known = chain.hashes.get(int(number))
    if known is None:
        findings.add(f"the tail is cut: seal {number} was made, and the chain ends at seal {max(chain.hashes)}")
    elif known != digest.lower():
        findings.add(f"seal {number} is not the one that was anchored: the chain was made anew")


def check_anchor(chain: Chain, path: Path, findings: Findings) -> int:
    """Every head an anchor kept must be in the chain as it was; how many it kept. A line that a crash tore is none."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise UnusableError(f"{path} cannot be read: {error.strerror}") from None
    heads = [line.split()[0] for line in lines if re.fullmatch(r"[0-9]+:[0-9a-f]{64} \S+", line)]
    if not heads:
        raise UnusableError(f"{path} holds no line of an anchor")
    numbered = {head: int(head.partition(":")[0]) for head in heads}
    newest, end = max(heads, key=numbered.__getitem__), max(chain.hashes)
    for head, number in numbered.items():
        # One sentence for the cut tail, by its newest seal; the heads before it are each compared.
        if number in chain.hashes or (head == newest and number > end):
            check_head(chain, head, findings)
    return len(heads)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path, help="folder or zip")
    parser.add_argument("--expect-head", default="", metavar="N:HASH", help="a head that was kept elsewhere")
    parser.add_argument(
        "--anchor", type=Path, action="append", default=[], metavar="FILE", help="heads as an anchor kept them"
    )
    parser.add_argument(
        "--key", default="", metavar="HEX", help="the public key you trust, instead of the first seal's"
    )
    parser.add_argument(
        "--all-signatures", action="store_true", help="check every signature, not the first and the last"
    )
    options = parser.parse_args(arguments)
    findings = Findings()
    try:
        export = Export(options.export)
        scope = export.manifest()["scope"]
        chain = Chain(findings)
        chain.read(export, key_hex=options.key.lower(), all_signatures=options.all_signatures)
        events = (check_archive if scope == "archive" else check_extract)(export, chain, findings)
        if options.expect_head:
            check_head(chain, options.expect_head, findings)
        kept_heads = sum(check_anchor(chain, path, findings) for path in options.anchor)
    except (UnusableError, ValueError, KeyError, TypeError) as error:
        sys.stdout.write(f"UNUSABLE: {error}\n")
        return 2
    head = max(chain.hashes)
    sys.stdout.write(f"{len(chain.hashes)} seals, {events} events; head {head}:{chain.hashes[head]}\n")
    for sentence in findings.sentences[:SHOWN]:
        sys.stdout.write(f"TAMPERED: {sentence}\n")
    if len(findings.sentences) > SHOWN:
        sys.stdout.write(f"TAMPERED: and {len(findings.sentences) - SHOWN} differences more\n")
    if findings.sentences:
        return 1
    if kept_heads:
        sys.stdout.write(f"{kept_heads} anchored heads are in the chain as they were kept.\n")
    is_compared = options.expect_head or kept_heads
    kept = "" if is_compared else " A cut tail cannot be seen without --expect-head or --anchor."
    sys.stdout.write(f"INTACT.{kept}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
