"""Intake's gate, explained: why a delivery is not proven, in names, lengths and digests; never its body or a secret. Pure."""

import base64
import binascii
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from intake.signatures.hmac_scheme import HmacScheme
from intake.signatures.proof import RejectionReason, Scheme, SecretKey, SignatureRejected, SignedRequest
from intake.signatures.verifying import lower_case_names

SENTENCES = {
    RejectionReason.NO_SECRET: "has no secret that counts; it answers 503",
    RejectionReason.MISSING: "a header is missing or empty",
    RejectionReason.MALFORMED: "a header does not have the form that is expected",
    RejectionReason.MISMATCH: "the form is right, and no secret matches",
    RejectionReason.STALE_TIMESTAMP: "the proof is right, and too old or too early",
}
# A header that could carry a proof, wherever the sender put it.
_PROOF_NAME = re.compile(r"signature|timestamp|authorization|secret|token|svix|vapi|hmac|digest")
_PREFIXES = re.compile(r"\A(?:(?:sha(?:1|256|512)|v\d+)[=,])")
_FORMATS = ("{timestamp}.{body}", "{body}", "{timestamp}{body}", "{timestamp}:{body}", "{svix-id}.{timestamp}.{body}")
_SMALLEST_MILLISECONDS = 10**11


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery as it arrived, and when (aware)."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def request(self) -> SignedRequest:
        return SignedRequest(method=self.method, url=self.url, headers=lower_case_names(self.headers), body=self.body)


def describe_sent(sent: Sent) -> Iterator[str]:
    """Say what arrived: the body's length and digest, and for each header that may carry a proof its length and form."""
    yield f"body: {len(sent.body)} bytes, sha256 {hashlib.sha256(sent.body).hexdigest()}"
    for name, value in sorted(sent.request.headers.items()):
        if _PROOF_NAME.search(name):
            digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
            yield f"header {name}: {len(value)} characters, {_form_of(value)}, sha256 {digest}..."


def explain_scheme(sent: Sent, scheme: Scheme, keys: Sequence[SecretKey]) -> Iterator[str]:
    """Say whether this scheme and these keys prove the delivery, if not why, and what nearly does."""
    active = [key for key in keys if key.is_active(sent.at)]
    try:
        if not active:
            raise SignatureRejected(RejectionReason.NO_SECRET)  # noqa: TRY301 - one place tells the reason
        key = scheme.matching_key(sent.request, keys=active, now=sent.at)
    except SignatureRejected as refusal:
        yield f"{scheme.name}: refused ({refusal.reason}): {SENTENCES[refusal.reason]}"
        if isinstance(scheme, HmacScheme):
            yield from _expectations(scheme, sent)
            yield from (f"  it would be proven {nearly}" for nearly in _near_misses(scheme, sent, keys))
    else:
        yield f"{scheme.name}: proven by key ...{key.key_id[-4:]}"


def _form_of(text: str) -> str:
    if not text:
        return "empty"
    bare = _PREFIXES.sub("", text)
    marked = " after a prefix" if bare != text else ""
    if bare.isdecimal() and bare.isascii():
        return "a number" + marked
    if re.fullmatch(r"[0-9a-fA-F]+", bare):
        return "hexadecimal" + marked
    if re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", bare):
        return "base64 or plain letters" + marked
    return "other text"


def _expectations(scheme: HmacScheme, sent: Sent) -> Iterator[str]:
    size = hashlib.new(scheme.algorithm, usedforsecurity=False).digest_size
    length = 2 * size if scheme.encoding == "hex" else 4 * -(-size // 3)
    prefix = f" after a prefix of {len(scheme.prefix)}" if scheme.prefix else ""
    yield (
        f"  expects in {scheme.signature_header.lower()}: {length} characters of {scheme.encoding}{prefix},"
        f" {scheme.algorithm} over {scheme.payload_format}"
    )
    stamp = sent.request.headers.get((scheme.timestamp_header or "").lower(), "")
    if scheme.include_timestamp and stamp.isascii() and stamp.isdecimal() and len(stamp) <= 16:
        count = int(stamp)
        seconds = count / 1000 if count >= _SMALLEST_MILLISECONDS else count
        away = round(sent.at.timestamp() - seconds)
        yield f"  its timestamp is {abs(away)} s {'old' if away >= 0 else 'ahead'}; {scheme.tolerance_seconds} s are allowed"


def _near_misses(scheme: HmacScheme, sent: Sent, keys: Sequence[SecretKey]) -> Iterator[str]:
    """What else the sender may have signed: other bytes, another format, algorithm, key or header. Each at most once."""
    received = {digest: name for name, value in sent.request.headers.items() for digest in _digests_in(value)}
    timestamps = {
        value
        for name, value in sent.request.headers.items()
        if "time" in name and value.isascii() and value.isdecimal() and len(value) <= 16
    }
    told = set()
    for (how, body), payload_format, algorithm, is_base64, stamp in itertools.product(
        _bodies(sent.body),
        dict.fromkeys((scheme.payload_format, *_FORMATS)),
        dict.fromkeys((scheme.algorithm, "sha256", "sha512", "sha1")),
        (scheme.secret_is_base64, not scheme.secret_is_base64),
        timestamps or {"0"},
    ):
        tried = replace(
            scheme,
            include_timestamp="{timestamp}" in payload_format,
            timestamp_header=scheme.timestamp_header or "x-timestamp",
            payload_format=payload_format,
            algorithm=algorithm,
            allow_sha1=True,
            secret_is_base64=is_base64,
        )
        for key in keys:
            digest = _digest_of(tried, key, replace(sent, body=body), stamp)
            name = next((found for known, found in received.items() if hmac.compare_digest(known, digest)), None)
            if name is None:
                continue
            changes = [how] if how else []
            changes += [f"over {payload_format}"] if payload_format != scheme.payload_format else []
            changes += [f"with {algorithm}"] if algorithm != scheme.algorithm else []
            if is_base64 is not scheme.secret_is_base64:
                changes.append("with the secret decoded from base64" if is_base64 else "with the secret as text")
            changes += [f"from header {name}"] if name != scheme.signature_header.lower() else []
            if not key.is_active(sent.at):
                changes.append(f"with key ...{key.key_id[-4:]}, which has ended")
            sentence = ", ".join(changes) or "with another prefix, encoding or time"
            if sentence not in told:
                told.add(sentence)
                yield sentence


def _digest_of(scheme: HmacScheme, key: SecretKey, sent: Sent, stamp: str) -> bytes:
    try:
        return scheme.digest_for(sent.request, key=key, timestamp=stamp if scheme.include_timestamp else None)
    except SignatureRejected:
        return b""


def _digests_in(value: str) -> Iterator[bytes]:
    """Yield what a header may hold as a digest: hexadecimal or base64, with or without a prefix."""
    bare = _PREFIXES.sub("", value)
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            found = decode(bare)
        except (ValueError, binascii.Error):
            continue
        if len(found) in {20, 32, 64}:
            yield found


def _bodies(body: bytes) -> list[tuple[str, bytes]]:
    """The body as it is, and as proxies and frameworks like to rewrite it."""
    found = [("", body), ("without the line end", body.rstrip(b"\r\n")), ("with a line end", body + b"\n")]
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return found
    compact = {"separators": (",", ":")}
    rewritten = "if the body had not been rewritten on the way (here: {})"
    for how, options in (
        ("spaces taken out", compact | {"ensure_ascii": False}),
        ("spaces taken out, letters escaped", compact),
        ("spaces put in", {"ensure_ascii": False}),
        ("spaces put in, letters escaped", {}),
    ):
        found.append((rewritten.format(how), json.dumps(document, **options).encode("utf-8", "surrogatepass")))
    return found
