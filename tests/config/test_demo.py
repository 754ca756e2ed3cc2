"""The demo's accounts: made for development alone, and of use also where everybody owes a second factor."""

import json
import stat

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from lib import clock
from tests.accounts.clockwork import code_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings, tmp_path):
    settings.DEMO = True
    settings.DATA_DIR = tmp_path
    return tmp_path


def accounts(folder):
    call_command("create_demo")
    return json.loads((folder / "demo-accounts.json").read_text())


def sign_in(account):
    client = Client(headers={"accept": "text/html"})
    return client, client.post("/sign-in", {"username": account["username"], "password": account["password"]})


def test_each_signs_in_with_the_password_that_was_written_down(folder):
    for account in accounts(folder):
        assert set(account) == {"username", "password", "role", "clinic"}
        assert sign_in(account)[1].status_code == 302
    assert stat.S_IMODE((folder / "demo-accounts.json").stat().st_mode) == 0o600


def test_where_a_second_factor_is_owed_its_secret_stands_beside_the_password(folder, settings, capsys):
    settings.MFA_REQUIRED = True
    found = accounts(folder)
    assert len({account["totp_secret"] for account in found}) == len(found) == User.objects.count()
    for account in found:
        client, answer = sign_in(account)
        assert answer["Location"] == "/second-factor"
        code = code_at(account["totp_secret"], clock.now().timestamp())
        assert client.post("/second-factor", {"code": code}).status_code == 302
    call_command("create_demo", "--show")
    assert found[0]["totp_secret"] in capsys.readouterr().out


def test_outside_development_there_are_none(folder, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="development settings only"):
        call_command("create_demo")
    assert not User.objects.exists()
    assert list(folder.iterdir()) == []
