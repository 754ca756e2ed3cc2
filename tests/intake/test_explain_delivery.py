"""`manage.py explain_delivery`: what is wrong with a delivery, and nothing that was in it."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from audit.events import LINE_SECRET_OPENED
from intake.services.opened_secrets import opened_secrets
from intake.signatures import ARTICLE_FORM, BEARER, HmacScheme
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.lines import HILLTOP_SECRET, NEWER_SECRET, give_secret, make_line
from tests.intake.reports import as_bytes, report, secret
from tests.policies.addresses import UNKNOWN

BODY = as_bytes(report(call_id="call-1", patientFirstName="Zqxname"))


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def explain(tmp_path, settings):
    def run(headers, *, body=BODY, **options):
        (tmp_path / "body").write_bytes(body)
        lines = [
            "POST /webhook/vapi HTTP/1.1",
            "Host: desk.example.com",
            *(f"{n}: {v}" for n, v in headers.items()),
            "",
        ]
        (tmp_path / "headers").write_text("\r\n".join(lines), encoding="latin-1")
        out = io.StringIO()
        call_command("explain_delivery", body=tmp_path / "body", headers=tmp_path / "headers", stdout=out, **options)
        said = out.getvalue()
        for hidden in (
            "Zqxname",
            "5550143",
            *settings.VAPI_SERVER_SECRETS,
            HILLTOP_SECRET,
            NEWER_SECRET,
            *headers.values(),
        ):
            assert len(hidden) < 12 or hidden not in said
        return said

    return run


def signed(scheme=None, *, body=BODY, text=HILLTOP_SECRET, at=None, **options):
    scheme = scheme or HmacScheme()
    return scheme.sign(secret=text, body=body, timestamp=int((at or clock.now()).timestamp()), **options)


def test_one_that_is_proven_is_said_to_be(cast, explain):
    said = explain(signed(ARTICLE_FORM, text=secret()))
    assert "article: proven by key ..." in said
    assert "vapi-default: refused (missing)" in said
    assert f"body: {len(BODY)} bytes, sha256 " in said
    assert "header x-vapi-signature: 64 characters, hexadecimal, sha256 " in said


REWRITTEN = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
CASES: dict[str, Any] = {
    "another body": (lambda: signed(body=REWRITTEN), {}, "rewritten on the way (here: spaces taken out"),
    "a line end": (lambda: signed(body=BODY + b"\n"), {}, "with a line end"),
    "the article's format": (lambda: signed(HmacScheme(include_timestamp=False, payload_format="{body}")), {}, "over {body}"),
    "another algorithm": (lambda: signed(HmacScheme(algorithm="sha512")), {}, "with sha512"),
    "another encoding": (lambda: signed(HmacScheme(encoding="base64")), {}, "another prefix, encoding or time"),
    "a prefix": (lambda: signed(HmacScheme(prefix="sha256=")), {}, "another prefix, encoding or time"),
    "another header": (lambda: signed(HmacScheme(signature_header="x-vapi-signature")), {}, "from header x-vapi-signature"),
    "an old timestamp": (lambda: signed(at=OPEN_TUESDAY - timedelta(hours=1)), {}, "its timestamp is 3600 s old; 300 s are allowed"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_nearly_proves_it_is_told(cast, explain, case):
    headers, options, expected = CASES[case]
    line = make_line(cast.hilltop)
    said = explain(headers(), line=line.pk, **options)
    assert "refused" in said
    assert expected in said, said


def test_a_secret_that_is_base64_or_not_is_told(cast, explain):
    text = "aGlsbHRvcC10ZXN0cy1vbmx5LXNlY3JldC05ODc2"
    line = make_line(cast.hilltop, secret=text)
    headers = signed(HmacScheme(secret_is_base64=True), text=text)
    assert "with the secret decoded from base64" in explain(headers, line=line.pk)


def test_a_key_that_has_ended_is_told(cast, explain, tuesday):
    line = make_line(cast.hilltop)
    give_secret(line, NEWER_SECRET, older_ends_at=clock.now() + timedelta(minutes=1))
    tuesday.shift(timedelta(hours=1))
    assert ", which has ended" in explain(signed(), line=line.pk)


def test_a_stranger_gets_no_hint(cast, explain):
    said = explain(signed(text="nobodys-secret-0123456789-0123456789"), line=make_line(cast.hilltop).pk)
    assert "no secret matches" in said
    assert "it would be proven" not in said


def test_tokens_and_missing_headers_are_explained_too(cast, explain):
    line = make_line(cast.hilltop, proof="bearer")
    assert "bearer: proven" in explain(BEARER.sign(secret=HILLTOP_SECRET), line=line.pk)
    assert "bearer: refused (mismatch)" in explain(BEARER.sign(secret=HILLTOP_SECRET + "x"), line=line.pk)
    assert "bearer: refused (missing)" in explain({"X-Vapi-Secret": ""}, line=line.pk)
    assert "header x-vapi-secret: 0 characters, empty" in explain({"X-Vapi-Secret": ""}, line=line.pk)


def test_all_lines_are_asked_where_none_is_named(cast, explain):
    line = make_line(cast.hilltop)
    said = explain(signed())
    assert f"line {cast.line.pk}" in said
    assert f"line {line.pk}" in said
    assert "hmac: proven by key" in said


def test_a_line_without_a_secret_and_one_without_a_way_are_told(cast, explain, settings):
    settings.VAPI_SERVER_SECRETS = []
    make_line(cast.hilltop, payload_format="{timestamp}")
    said = explain(signed())
    assert "keys: none" in said
    assert "has no secret that counts; it answers 503" in said
    assert "its options prove too little" in said


def test_a_desk_without_lines_says_so(cast, explain):
    cast.line.delete()
    assert "There is no line in use" in explain(signed())


@pytest.mark.django_db(transaction=True)
def test_opening_a_secret_is_recorded_as_the_commands(cast, explain, trail):
    line = make_line(cast.hilltop)
    opened_secrets.forget()
    explain(signed(), line=line.pk)
    (event,) = trail.events(LINE_SECRET_OPENED)
    assert event["actor_id"] == "manage.py explain_delivery"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"line": UNKNOWN}, "no such line"), ({"at": "noon"}, "reads like"), ({"at": "2026-11-24T15:12:00"}, "offset")],
)
def test_wrong_arguments_are_refused_in_a_sentence(cast, explain, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        explain(signed(), **options)


def test_a_file_that_is_not_there_is_named(cast, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("explain_delivery", body=tmp_path / "no", headers=tmp_path / "no")
