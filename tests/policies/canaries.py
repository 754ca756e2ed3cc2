"""Canaries: one value for each sealed field and each thing that is never stored, and how to find them however encoded."""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

# One for each field that is sealed; names as the columns call them.
SEALED = {
    "first_name": "Zqxñame",
    "phone": "+12025550181",
    "called_from": "+12025550182",
    "preferred_words": "Zqxwords after Tuesday",
    "note": "Zqxnote, left with nobody",
    "secret": "Zqxsecret-of-a-line-0123456789",
    "api_key": "Zqxapi-key-of-a-line-0123456789",
    "words": "Zqxpain, said the caller",
    "reason": "Zqxreason, whatever it was",
    "verdict_words": "Zqxverdict, in so many words",
    "alt_number": "+12025550185",
    "person_to_call": "Zqxñparent",
    "credential": "Zqxcredential-of-a-crm-0123456789",
    "signing_secret": "Zqxsigning-of-a-crm-0123456789",
}
# What the assistant should never have sent: dropped before anything is stored.
DROPPED = {
    "diagnosis": "Zqxdiagnosis",
    "unknown key": "Zqxkey",
    "transcript": "Zqxtranscript",
    "summary": "Zqxsummary",
    "recording": "Zqxrecording",
    "odd number": "202 555 0183",
    # Said in the answers that are asked for: the screen takes the whole text.
    "spoken illness": "Zqxillness",
    "spoken identity": "219-09-9999",
    "spoken record": "Zqx4419203",
}
VALUES = {**SEALED, **DROPPED}


def _base64_cores(value: bytes) -> list[str]:
    """What of the value's base64 does not depend on the bytes around it, at each of three alignments."""
    cores = []
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + value).decode()
        cores.append(encoded[(0, 2, 3)[offset] : len(encoded) - (0, 3, 2)[(offset + len(value)) % 3]])
    return cores


def _words(value: str) -> list[str]:
    """The value, its telling part, and for a number its digits as people and programs write them."""
    digits = re.sub(r"\D", "", value)
    if len(digits) < 10:
        return [value, value.split(",", maxsplit=1)[0].split(" ", maxsplit=1)[0]]
    seven = digits[-7:]
    return [value, digits[-10:], seven, f"{seven[:3]}-{seven[3:]}", f"{seven[:3]} {seven[3:]}"]


def _spellings(value: str) -> Iterable[str]:
    for word in _words(value):
        escaped = json.dumps(word)[1:-1]
        yield from (word, word.encode().hex(), quote(word), quote_plus(word), escaped, repr(word.encode())[2:-1])
        for core in (*_base64_cores(word.encode()), *_base64_cores(escaped.encode())):
            yield from (core, core.replace("+", "-").replace("/", "_"))


NEEDLES = {needle.casefold(): name for name, value in VALUES.items() for needle in _spellings(value)}


def _pattern(needle: str) -> str:
    # Seven digits stand in some id or digest by chance; alone they do not.
    return rf"(?<![0-9a-f]){needle}(?![0-9a-f])" if re.fullmatch(r"\d{7}", needle) else re.escape(needle)


_PATTERN = re.compile("|".join(_pattern(needle) for needle in sorted(NEEDLES, key=len, reverse=True)))


def found_in(text: str) -> set[str]:
    """Names of the canaries that stand in the text in any spelling, each with the place where."""
    folded = text.casefold()
    return {
        f"{NEEDLES[hit[0]]}: …{folded[max(0, hit.start() - 40) : hit.end() + 20]}…"
        for hit in _PATTERN.finditer(folded)
    }


def found_in_bytes(content: bytes) -> set[str]:
    """As `found_in`, for files of servers: plain spellings only, or every page would be decoded many times."""
    plain = {name: value.encode() for name, value in VALUES.items()}
    plain |= {f"{name} digits": value[-7:].encode() for name, value in VALUES.items() if value.startswith("+")}
    return {name for name, value in plain.items() if value in content}
