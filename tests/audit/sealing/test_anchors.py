"""Anchors over real files and sockets: each takes the head, and what it kept shows a chain that was cut or remade."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
import time_machine
from moto.server import ThreadedMotoServer

from audit.anchors.bucket import BucketAnchor
from audit.anchors.file import FileAnchor
from audit.anchors.heads import AnchorError, KeptHead, parse_head
from audit.anchors.keeping import CHAIN_DIFFERS, NO_ANCHOR, RETRY, configured_anchors
from audit.anchors.standing import BEHIND_AFTER, anchor_standings
from audit.anchors.syslog import SyslogAnchor
from audit.models import AnchorState, Finding, Seal
from audit.sealing.sealer import seal_everything
from audit.sealing.service import Sealer
from audit.tasks import ANCHOR_BEHIND, watch_seals
from lib import clock
from tests.audit.sealing.conftest import new_signing_key
from tests.audit.sealing.test_red_team import archive, verify  # noqa: F401 - a fixture of the red team

HEAD = KeptHead(7, "ab" * 32, datetime(2026, 11, 24, 15, 12, tzinfo=UTC))
LINE = f"7:{'ab' * 32} 2026-11-24T15:12:00+00:00\n"
BUCKET = "trail-heads"


def found(kind) -> Finding | None:
    return Finding.objects.filter(kind=kind.value).first()


class TestTheLine:
    def test_it_is_read_as_it_was_written(self):
        assert HEAD.as_line() == LINE
        assert parse_head(LINE) == HEAD

    @pytest.mark.parametrize(
        "line", ["", "7", LINE[:40], "0" + LINE, LINE.upper(), LINE.replace("2026", "20x6"), LINE + LINE]
    )
    def test_what_a_crash_tore_is_no_head(self, line):
        assert parse_head(line) is None


class TestTheFile:
    def test_heads_are_appended_on_a_path_of_their_own(self, tmp_path):
        path = tmp_path / "another-disk" / "heads.txt"
        anchor = FileAnchor(path)
        assert anchor.last_kept() is None
        anchor.keep(HEAD)
        anchor.keep(KeptHead(8, "cd" * 32, HEAD.sealed_at))
        assert path.read_text().splitlines(keepends=True)[0] == LINE
        assert anchor.last_kept().n == 8
        assert path.stat().st_mode & 0o777 == 0o600

    def test_after_a_torn_line_the_next_one_is_whole(self, tmp_path):
        path = tmp_path / "heads.txt"
        path.write_text(LINE + LINE[:30])
        assert FileAnchor(path).last_kept() == HEAD
        FileAnchor(path).keep(KeptHead(9, "cd" * 32, HEAD.sealed_at))
        assert FileAnchor(path).last_kept().n == 9

    def test_a_place_that_takes_nothing_says_so(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(AnchorError, match="not_written"):
            FileAnchor(tmp_path / "file" / "heads.txt").keep(HEAD)
        with pytest.raises(AnchorError, match="not_readable"):
            FileAnchor(tmp_path).last_kept()


class TestSyslog:
    def test_udp(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.bind(("127.0.0.1", 0))
            collector.settimeout(5)
            SyslogAnchor(urlsplit(f"udp://127.0.0.1:{collector.getsockname()[1]}")).keep(HEAD)
            message = collector.recv(2048).decode()
        assert message.startswith("<109>1 ")
        assert message.endswith(f" ringback - trail-head - {LINE.strip()}")

    def test_tcp_counts_its_octets(self):
        with socket.create_server(("127.0.0.1", 0)) as collector:
            anchor = SyslogAnchor(urlsplit(f"tcp://127.0.0.1:{collector.getsockname()[1]}"))
            sender = threading.Thread(target=anchor.keep, args=(HEAD,))
            sender.start()
            line, _ = collector.accept()
            with line, line.makefile("rb") as stream:
                said = stream.read()
            sender.join()
        count, _, message = said.partition(b" ")
        assert int(count) == len(message)

    def test_a_unix_socket(self, tmp_path):
        path = str(tmp_path / "log")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as collector:
            collector.bind(path)
            collector.settimeout(5)
            SyslogAnchor(urlsplit(f"unix://{path}")).keep(HEAD)
            assert LINE.strip() in collector.recv(2048).decode()

    def test_nobody_there_is_said(self, tmp_path):
        for address in (f"unix://{tmp_path}/nobody", "tcp://127.0.0.1:1"):
            with pytest.raises(AnchorError, match="not_sent"):
                SyslogAnchor(urlsplit(address)).keep(HEAD)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """An object store's address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class TestTheBucket:
    @pytest.fixture
    def client(self, store):
        return boto3.client(
            "s3", endpoint_url=store, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="secret"
        )

    def anchor(self, store, bucket=BUCKET):
        return BucketAnchor(endpoint=store, bucket=bucket, region="us-east-1", key_id="id", secret="secret")

    def test_a_head_is_locked_for_the_years_of_the_trail(self, store, client):
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        anchor = self.anchor(store)
        assert anchor.last_kept() is None
        with time_machine.travel(HEAD.sealed_at, tick=True):
            anchor.keep(HEAD)
            anchor.keep(KeptHead(10, "cd" * 32, HEAD.sealed_at - timedelta(days=1)))
            assert anchor.last_kept().n == 10
        name = client.list_objects_v2(Bucket=BUCKET)["Contents"][-1]["Key"]
        assert name == "trail-heads/2026-11-24/000000000000000007"
        stored = client.head_object(Bucket=BUCKET, Key=name)
        assert (stored["ObjectLockMode"], stored["ObjectLockRetainUntilDate"].year) == ("COMPLIANCE", 2036)
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            client.delete_object(
                Bucket=BUCKET, Key=name, VersionId=stored["VersionId"], BypassGovernanceRetention=True
            )

    def test_a_bucket_without_a_lock_or_none_at_all_is_refused(self, store, client):
        client.create_bucket(Bucket="without-lock")
        for bucket in ("without-lock", "nowhere"):
            with pytest.raises(AnchorError, match="refused"):
                self.anchor(store, bucket).keep(HEAD)
        with pytest.raises(AnchorError, match="not_readable"):
            self.anchor(store, "nowhere").last_kept()

    def test_a_store_that_is_away_is_said(self):
        with pytest.raises(AnchorError, match="not_reached"):
            self.anchor("http://127.0.0.1:1").keep(HEAD)


@pytest.fixture
def heads(house, settings, tmp_path) -> Path:
    """The file of the one anchor that is named."""
    path: Path = tmp_path / "anchors" / "heads.txt"
    settings.AUDIT_ANCHOR_PATH, settings.AUDIT_ANCHOR_SYSLOG, settings.AUDIT_ANCHOR_BUCKET = str(path), None, None
    return path


class TestTheSealer:
    def test_each_turn_leaves_the_head_anchored_and_the_archive_agrees(self, house, heads, archive):  # noqa: F811
        sealer = Sealer()
        for _ in range(3):
            house.write()
            sealer.turn()
        last = Seal.objects.using("audit_reader").latest("n")
        assert heads.read_text().splitlines()[-1].startswith(f"{last.n}:{last.hash} ")
        (standing,) = anchor_standings()
        assert (standing.name, standing.seal_n, standing.problem, standing.is_behind) == ("file", last.n, "", False)
        code, said = verify(archive(), "--anchor", str(heads))
        assert (code, said.splitlines()[-1]) == (0, "INTACT.")
        assert not Finding.objects.exists()

    def test_a_cut_tail_is_an_alarm_of_the_next_sealer_and_named_by_the_verifier(self, house, heads, archive):  # noqa: F811
        for _ in range(3):
            house.write()
            Sealer().turn()
        house.by_superuser("DELETE FROM audit_leaf WHERE seal_n > 2")
        house.by_superuser("DELETE FROM audit_seal WHERE n > 2")
        export = archive()
        Sealer().turn()
        alarm = found(CHAIN_DIFFERS)
        assert (alarm.details["anchored_seal"], alarm.details["difference"]) == (4, "missing")
        code, said = verify(export, "--anchor", str(heads))
        assert code == 1
        assert "the tail is cut: seal 4 was made, and the chain ends at seal 2" in said

    def test_a_tail_cut_while_the_sealer_runs_is_an_alarm_although_the_chain_grows_on(self, house, heads):
        sealer = Sealer()
        for _ in range(3):
            house.write()
            sealer.turn()
        house.by_superuser("DELETE FROM audit_leaf WHERE seal_n > 2")
        house.by_superuser("DELETE FROM audit_seal WHERE n > 2")
        for _ in range(3):
            house.write()
            sealer.turn()
        assert found(CHAIN_DIFFERS).details["anchored_seal"] == 4

    def test_a_chain_made_anew_is_an_alarm(self, house, heads, settings):
        house.write()
        Sealer().turn()
        house.by_superuser("DELETE FROM audit_leaf")
        house.by_superuser("DELETE FROM audit_seal")
        settings.AUDIT_SIGNING_KEYS = [new_signing_key()]
        seal_everything()
        Sealer().turn()
        assert found(CHAIN_DIFFERS).details["difference"] == "another"

    def test_an_anchor_that_fails_stops_no_seal_is_told_and_is_tried_again(self, house, heads, tmp_path):
        heads.parent.mkdir()
        heads.mkdir()
        sealer = Sealer()
        sealer.turn()
        assert AnchorState.objects.get().problem == "not_written"
        assert Seal.objects.using("audit_reader").exists()
        watch_seals()
        assert not found(ANCHOR_BEHIND)
        with time_machine.travel(clock.now() + BEHIND_AFTER + timedelta(minutes=1), tick=False):
            watch_seals()
        assert found(ANCHOR_BEHIND).details == {"problem": "not_written"}
        heads.rmdir()
        sealer.turn()
        assert not heads.exists(), "asked again before its time"
        with time_machine.travel(clock.now() + RETRY, tick=False):
            sealer.turn()
        assert AnchorState.objects.get().problem == ""
        assert parse_head(heads.read_text()).n == AnchorState.objects.get().seal_n > 0

    def test_without_an_anchor_the_officer_is_told(self, house, settings):
        settings.AUDIT_ANCHOR_PATH = settings.AUDIT_ANCHOR_SYSLOG = settings.AUDIT_ANCHOR_BUCKET = None
        Sealer().turn()
        assert found(NO_ANCHOR)

    def test_every_kind_that_is_named_is_built(self, settings, tmp_path):
        settings.AUDIT_ANCHOR_PATH = str(tmp_path / "heads")
        settings.AUDIT_ANCHOR_SYSLOG = "udp://127.0.0.1:514"
        settings.AUDIT_ANCHOR_BUCKET = {
            "endpoint": "http://127.0.0.1:1", "bucket": BUCKET, "region": "us-east-1", "key_id": "id", "secret": "secret",
        }  # fmt: skip
        assert [anchor.name for anchor in configured_anchors()] == ["file", "syslog", "bucket"]

    def test_without_the_chains_key_it_waits_instead_of_ending(self, house, heads, settings):
        Sealer().turn()
        settings.AUDIT_SIGNING_KEYS = [new_signing_key()]
        house.write()
        Sealer().turn()
        assert Seal.objects.using("audit_reader").count() == 1


class TestTheVerifiersAnchor:
    def test_a_file_that_is_none_is_refused(self, house, archive, tmp_path):  # noqa: F811
        seal_everything()
        nothing = tmp_path / "nothing.txt"
        nothing.write_text("no head\n")
        for path in (nothing, tmp_path / "missing"):
            code, said = verify(archive(), "--anchor", str(path))
            assert code == 2
            assert said.startswith("UNUSABLE: ")
