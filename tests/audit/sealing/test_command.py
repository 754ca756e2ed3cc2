"""The commands an operator gives: seal, export, and what they say when they cannot."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections, transaction

from audit.models import AuditEvent


def test_seal_says_what_it_did(house, capsys):
    house.write(2)
    call_command("audit", "seal")
    assert capsys.readouterr().out.endswith("2 seals made.\n")
    call_command("audit", "seal")
    assert capsys.readouterr().out.endswith("Nothing to seal.\n")


def test_an_export_is_on_record_and_tells_how_to_check_it(house, capsys, tmp_path):
    house.write(2)
    call_command("audit", "seal")
    folder = tmp_path / "trail"
    call_command("audit", "export", str(folder))
    said = capsys.readouterr().out
    assert f"python3 audit/verify.py {folder} --expect-head 2:" in said
    assert folder.stat().st_mode & 0o777 == 0o700
    exported = AuditEvent.objects.using("audit_reader").get(tag="audit:trail:exported")
    assert exported.facts["actor_label"] == "manage.py audit export"


def test_an_export_never_writes_into_a_folder_that_is_there(house, tmp_path):
    with pytest.raises(CommandError, match="name a folder that does not exist"):
        call_command("audit", "export", str(tmp_path))


def test_without_a_key_seal_says_which_setting(house, settings):
    settings.AUDIT_SIGNING_KEYS = []
    with pytest.raises(CommandError, match="AUDIT_SIGNING_KEY is not set"):
        call_command("audit", "seal")


@pytest.mark.parametrize("key", ["not base64 !", "c2hvcnQ="])
def test_a_key_that_cannot_serve_is_not_quoted(house, settings, key):
    settings.AUDIT_SIGNING_KEYS = [key]
    with pytest.raises(CommandError, match="AUDIT_SIGNING_KEY is not") as refused:
        call_command("audit", "seal")
    assert key not in str(refused.value)


def test_while_the_sealer_is_at_work_a_second_one_says_so(house):
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit sealer'))")
        with pytest.raises(CommandError, match="at work already"):
            call_command("audit", "seal")
