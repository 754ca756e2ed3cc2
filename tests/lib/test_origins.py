"""Origins: what an address of somebody else's machine may say, and nothing that leads elsewhere."""

import pytest

from lib.origins import require_origin


@pytest.mark.parametrize(
    "text",
    [
        "http://vapi.example.com", "http://10.0.0.1", "ftp://127.0.0.1", "https://", "vapi.example.com",
        "https://vapi.example.com/v1", "https://vapi.example.com?x", "https://user@vapi.example.com",
        "https://vapi.example.com:port", "https://:pw@vapi.example.com",
    ],
)  # fmt: skip
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"origin|[Pp]ort"):
        require_origin(text)


@pytest.mark.parametrize(
    "text", ["https://api.vapi.ai", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"]
)
def test_what_is_one_stays_as_it_is(text):
    assert require_origin(f"{text}/") == text
