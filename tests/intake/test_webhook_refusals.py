"""What the webhook refuses, in the order of its checks; a refusal stores nothing and repeats nothing of what was sent."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import time_machine

from intake.signatures import sign_article_form, sign_vapi_default
from intake.sources.vapi.reading import DEEPEST_NESTING
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import (
    article_signature,
    as_bytes,
    assert_refused,
    report,
    secret,
    send,
    stored,
    vapi_signature,
)

CANARY = "Zqxcanary"
BODY = json.dumps({"message": {"type": "end-of-call-report", "call": {"id": CANARY}}}).encode()


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False):
        yield
    assert stored() == (0, 0, 0)


def digest(body: bytes = BODY, key: str = "") -> str:
    return hmac.new((key or secret()).encode(), body, hashlib.sha256).hexdigest()


def wrong_signatures():
    right = digest()
    return {
        "none": {},
        "empty": {"X-Vapi-Signature": ""},
        "zeros": {"X-Vapi-Signature": "0" * 64},
        "63 digits": {"X-Vapi-Signature": right[:63]},
        "65 digits": {"X-Vapi-Signature": right + "0"},
        "spaces around": {"X-Vapi-Signature": f" {right} x"},
        "not hex": {"X-Vapi-Signature": "g" * 64},
        "not ASCII": {"X-Vapi-Signature": "é" * 64},
        "other digits": {"X-Vapi-Signature": "\u0661" * 64},
        "8 kB": {"X-Vapi-Signature": right * 128},
        "prefix": {"X-Vapi-Signature": f"sha256={right}"},
        "two": {"X-Vapi-Signature": f"{right},{right}"},
        "of another body": {"X-Vapi-Signature": digest(BODY + b" ")},
        "of nothing": {"X-Vapi-Signature": digest(b"")},
        "of another secret": {"X-Vapi-Signature": digest(BODY, "another-secret-9876543210-abcdef")},
        "sha1": {"X-Vapi-Signature": hmac.new(secret().encode(), BODY, hashlib.sha1).hexdigest()},
        "the secret itself": {"X-Vapi-Secret": secret()},
        "empty secret": {"X-Vapi-Secret": ""},
        "bearer": {"Authorization": f"Bearer {secret()}"},
        "in the other form's header": {"X-Signature": right},
        "no timestamp": {"X-Signature": sign_vapi_default(secret(), BODY, 1)["x-signature"]},
    }


@pytest.mark.parametrize("kind", wrong_signatures())
def test_without_a_signature_that_fits_the_answer_is_401(kind):
    assert_refused(send(BODY, wrong_signatures()[kind]), 401, "unauthorized")


def test_every_wrong_signature_gets_the_same_answer():
    answers = {send(BODY, headers).content for headers in wrong_signatures().values()}
    assert len(answers) == 1


@pytest.mark.parametrize("skew", [-301, 301, -86_400, 86_400])
def test_an_old_or_early_timestamp_is_refused_although_signed(skew):
    headers = vapi_signature(BODY, sent_at=OPEN_TUESDAY + timedelta(seconds=skew))
    assert_refused(send(BODY, headers), 401, "unauthorized")


@pytest.mark.parametrize("text", ["", "NaN", "-1", "1e309", "0x10", "now", "1795366831.5", "9" * 400, "\u0661\u0662"])
def test_a_timestamp_that_is_no_number_is_refused(text):
    signature = hmac.new(secret().encode(), f"{text}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert_refused(send(BODY, {"X-Signature": signature, "X-Timestamp": text}), 401, "unauthorized")


def test_a_timestamp_changed_after_signing_is_refused():
    headers = vapi_signature(BODY, sent_at=OPEN_TUESDAY - timedelta(hours=1))
    headers["x-timestamp"] = str(int(OPEN_TUESDAY.timestamp()))
    assert_refused(send(BODY, headers), 401, "unauthorized")


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda text: json.dumps(json.loads(text), separators=(",", ":")),
        lambda text: json.dumps(json.loads(text), indent=1),
        lambda text: json.dumps(json.loads(text), sort_keys=True),
        lambda text: text.replace("é", "\\u00e9"),
        lambda text: text + "\n",
    ],
)
def test_a_body_rewritten_on_the_way_no_longer_fits_its_signature(rewritten):
    signed = json.dumps(report(patientFirstName="José"), ensure_ascii=False)
    sent = rewritten(signed)
    assert sent != signed
    assert_refused(send(sent.encode(), article_signature(signed.encode())), 401, "unauthorized")


def test_without_any_secret_the_desk_says_to_come_back(settings):
    settings.VAPI_SERVER_SECRETS = []
    response = send(BODY, {"X-Vapi-Signature": "0" * 64})
    assert_refused(response, 503, "not_configured")
    assert int(response["Retry-After"]) > 0


def test_without_a_line_the_desk_says_to_come_back(cast):
    cast.line.delete()
    response = send(BODY, article_signature(BODY))
    assert_refused(response, 503, "not_configured")
    assert "Retry-After" in response


def test_an_unknown_line_is_not_found():
    response = send(BODY, article_signature(BODY), url="/webhook/vapi/01a205c7-a2ae-7e5d-aeb7-68b7efdd9cd7")
    assert_refused(response, 404, "not_found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/webhook", "/webhook/vapi"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_only_post_is_taken(client, method, path, accept):
    response = client.generic(method, path, headers={"accept": accept})
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    if method != "HEAD":
        assert_refused(response, 405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/webhook/", "/webhook/vapi/", "/webhook/vapi/main", "/Webhook", "/webhook//vapi"])
def test_a_slash_too_many_is_not_found_and_never_a_redirect(path):
    assert_refused(send(BODY, article_signature(BODY), url=path), 404, "not_found")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; charset=",
        "application/jsonp",
        "application/json, text/plain",
    ],
)
def test_anything_but_json_in_utf8_is_415(content_type):
    assert_refused(send(BODY, article_signature(BODY), content_type=content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
def test_a_compressed_body_is_415(encoding):
    headers = article_signature(BODY) | {"Content-Encoding": encoding}
    assert_refused(send(BODY, headers), 415, "unsupported_media_type")


@pytest.mark.parametrize("length", ["", "-1", "+5", "5 ", "abc", "0x5", "1e3", "\xb2", "\u0665"])
def test_without_a_length_nothing_is_read(client, length):
    response = client.generic(
        "POST",
        "/webhook/vapi",
        BODY,
        content_type="application/json",
        CONTENT_LENGTH=length,
        HTTP_X_VAPI_SIGNATURE="0",
    )
    assert_refused(response, 411, "length_required")


def test_chunks_are_refused_also_where_a_server_lets_a_length_stand_beside_them(client):
    response = client.generic(
        "POST", "/webhook/vapi", BODY, content_type="application/json", headers={"transfer-encoding": "chunked"}
    )
    assert_refused(response, 411, "length_required")


@pytest.mark.parametrize("length", ["5242881", "10485760", "9" * 30, "9" * 5000])
def test_a_length_beyond_the_limit_is_413(client, length):
    response = client.generic("POST", "/webhook/vapi", BODY, content_type="application/json", CONTENT_LENGTH=length)
    assert_refused(response, 413, "too_large")


def test_the_longest_body_allowed_is_read(settings):
    body = b" " * settings.INTAKE_BODY_LIMIT
    assert_refused(send(body), 400, "malformed")
    assert_refused(send(body + b" "), 413, "too_large")


UNREADABLE = {
    "empty": b"",
    "not JSON": b'{"message": ',
    "an array": b"[]",
    "null": b"null",
    "a text": b'"report"',
    "NaN": b'{"message": NaN}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "Latin-1": b'{"message": "Jos\xe9"}',
    "UTF-16": '{"message": {}}'.encode("utf-16"),
    "a raw NUL": b'{"message": "\x00"}',
    "too deep": b'{"message":' * (DEEPEST_NESTING + 1) + b"1" + b"}" * (DEEPEST_NESTING + 1),
    "2 kB of brackets": b"[" * 1000 + b"]" * 1000,
    "endless brackets": b"[" * 100_000,
    "two answers to one question": (
        b'{"message": {"type": "end-of-call-report", "analysis": {"structuredData": {"callbackNumber": "+12025550143",'
        b' "callbackNumber": "+12025550144"}}}}'
    ),
    "two messages": b'{"message": {}} {"message": {}}',
}


@pytest.mark.parametrize("kind", [kind for kind in UNREADABLE if kind != "empty"])
def test_a_signed_body_that_cannot_be_read_in_one_way_is_400(kind):
    assert_refused(send(UNREADABLE[kind]), 400, "malformed")


def test_an_empty_body_has_no_length():
    assert_refused(send(UNREADABLE["empty"]), 411, "length_required")


# Each request breaks the rule of its own row and of all rows below it; the answer is that of the first one broken.
ORDER = [
    ({"method": "PUT", "CONTENT_LENGTH": "", "content_type": "text/plain"}, 405),
    ({"CONTENT_LENGTH": "", "content_type": "text/plain"}, 411),
    ({"CONTENT_LENGTH": "99999999", "content_type": "text/plain"}, 413),
    ({"content_type": "text/plain"}, 415),
    ({"content_type": "application/json"}, 401),
    ({"content_type": "application/json", "signed_by": "another-secret-9876543210-abcdef"}, 401),
]


@pytest.mark.parametrize(("request_", "status"), ORDER)
def test_the_cheapest_check_comes_first(client, request_, status):
    request_ = dict(request_)
    method, signer = request_.pop("method", "POST"), request_.pop("signed_by", None)
    headers = sign_article_form(signer, b"{") if signer else {}
    response = client.generic(method, "/webhook/vapi", b"{", headers=headers, **request_)
    assert response.status_code == status


def test_no_refusal_repeats_what_was_sent(client, caplog):
    answers = [
        send(f'{{"message": {CANARY}'.encode()),
        send(BODY, {"X-Vapi-Signature": CANARY}),
        send(BODY, {"X-Signature": CANARY, "X-Timestamp": CANARY}),
        send(BODY, article_signature(BODY), content_type=f"text/{CANARY}"),
        send(BODY, article_signature(BODY), url=f"/webhook/{CANARY}"),
        send(BODY, article_signature(BODY), url=f"/webhook/vapi/{CANARY}?{CANARY}"),
        client.generic(CANARY.upper(), f"/webhook?{CANARY}"),
        client.generic("POST", "/webhook", BODY, content_type="application/json", HTTP_HOST=f"{CANARY}.example"),
    ]
    assert [answer.status_code for answer in answers] == [400, 401, 401, 415, 404, 404, 405, 400]
    assert all(CANARY.lower() not in str(answer.serialize()).lower() for answer in answers)


def test_no_refusal_names_the_software(cast):
    response = send(as_bytes(report()), {})
    assert {"Server", "X-Powered-By"}.isdisjoint(response.headers)
