"""Somebody with every right in the database changes the trail; the verifier, which knows only the files, names it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.export.archive import write_archive
from audit.models import Seal
from audit.sealing.sealer import seal_everything
from audit.sealing.signing import signing_keys

VERIFIER = Path(__file__).parents[3] / "audit" / "verify.py"
EDIT = """UPDATE audit_event SET line = replace(line, 'record-', 'forged-')
    WHERE event_id = (SELECT event_id FROM audit_leaf WHERE seal_n = 3 AND position = 1)"""
DELETE = "DELETE FROM audit_event WHERE event_id = (SELECT event_id FROM audit_leaf WHERE seal_n = 3 AND position = 1)"


def verify(export: Path, *options: str) -> tuple[int, str]:
    """What the stand-alone verifier says: no packages, nothing of this house on its path."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(export), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def archive(house, tmp_path):
    """Export the trail as it is now; a folder of its own each time."""
    made = iter(range(100))

    def export() -> Path:
        folder: Path = tmp_path / f"archive-{next(made)}"
        folder.mkdir()
        write_archive(folder)
        return folder

    return export


@pytest.fixture
def trail(house):
    """Five seals: the first, and four of five events each."""
    seal_everything()
    for _ in range(4):
        house.write(5)
        seal_everything()
    return house


def head():
    last = Seal.objects.using("audit_reader").order_by("-n").first()
    return f"{last.n}:{last.hash}"


def test_an_untouched_trail_is_intact(trail, archive):
    code, said = verify(archive(), "--expect-head", head(), "--all-signatures")
    assert (code, said.splitlines()[-1]) == (0, "INTACT.")
    assert said.startswith("5 seals, 20 events; head 5:")


def test_without_a_head_the_verifier_says_what_it_cannot_see(trail, archive):
    code, said = verify(archive())
    assert code == 0
    assert "cut tail cannot be seen" in said


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (EDIT, "was edited"),
        (DELETE, "is missing or was edited"),
        ("DELETE FROM audit_leaf WHERE seal_n = 3 AND position = 1", "seal 3"),
        ("DELETE FROM audit_event WHERE event_id IN (SELECT event_id FROM audit_leaf WHERE seal_n = 3)", "no purge says why"),
        ("UPDATE audit_seal SET body = replace(body, '\"count\":5', '\"count\":4') WHERE n = 3", "chain broken"),
        ("UPDATE audit_leaf SET position = position + 10 WHERE seal_n = 3", "seal 3: its 5 events are not what was sealed"),
    ],
    ids=["edit", "delete", "delete a leaf", "delete all of a seal", "edit a seal", "reorder"],
)  # fmt: skip
def test_what_was_changed_is_named(trail, archive, attack, named):
    trail.by_superuser(attack)
    if "position + 10" in attack:
        trail.by_superuser("UPDATE audit_leaf SET position = 14 - position WHERE seal_n = 3")
    code, said = verify(archive(), "--expect-head", head())
    assert code == 1
    assert named in said


def test_an_event_deleted_with_its_seal_breaks_the_chain(trail, archive):
    trail.by_superuser("DELETE FROM audit_event WHERE event_id IN (SELECT event_id FROM audit_leaf WHERE seal_n = 3)")
    trail.by_superuser("DELETE FROM audit_leaf WHERE seal_n = 3")
    trail.by_superuser("DELETE FROM audit_seal WHERE n = 3")
    code, said = verify(archive())
    assert code == 1
    assert "seal 3 is missing" in said


def test_an_event_slipped_into_the_past_is_found(trail, archive):
    line = json.dumps(
        {"v": 1, "tag": "page:view:opened", "outcome": 0, "request_id": "0" * 8 + "-0000-4000-8000-" + "0" * 12}
    )
    trail.by_superuser(
        "INSERT INTO audit_event (event_id, recorded, line) VALUES ('00000000-0000-4000-8000-000000000001', now(), %s)",
        line,
    )
    trail.by_superuser("UPDATE audit_leaf SET position = position + 1 WHERE seal_n = 3 AND position = 4")
    trail.by_superuser("INSERT INTO audit_leaf VALUES (3, 4, '00000000-0000-4000-8000-000000000001', sha256('x'))")
    code, said = verify(archive())
    assert code == 1
    assert "seal 3" in said


def test_a_cut_tail_is_seen_by_a_head_that_was_kept(trail, archive):
    kept = head()
    trail.by_superuser("DELETE FROM audit_leaf WHERE seal_n > 3")
    trail.by_superuser("DELETE FROM audit_seal WHERE n > 3")
    export = archive()
    assert verify(export)[0] == 0
    code, said = verify(export, "--expect-head", kept)
    assert code == 1
    assert "the tail is cut: seal 5 was made, and the chain ends at seal 3" in said


def test_an_old_export_shown_again_is_seen_by_the_head(trail, archive):
    old = archive()
    trail.write(5)
    seal_everything()
    assert verify(old, "--expect-head", head())[0] == 1


def test_a_chain_made_anew_with_another_key_is_seen_by_the_head_and_by_the_key(trail, archive, signing, settings):
    kept, trusted = head(), signing_keys()[0].public_hex
    trail.by_superuser("DELETE FROM audit_leaf")
    trail.by_superuser("DELETE FROM audit_seal")
    settings.AUDIT_SIGNING_KEYS = [signing()]
    seal_everything()
    trail.write(20)
    for _ in range(4):
        trail.write(1)
        seal_everything()
    export = archive()
    assert verify(export)[0] == 0
    assert "made anew" in verify(export, "--expect-head", kept)[1]
    assert "another key than the one you trust" in verify(export, "--key", trusted)[1]


def test_a_partition_dropped_without_a_purge_is_missing(trail, archive):
    with trail.superuser() as connection:
        (name,) = connection.execute("SELECT tableoid::regclass::text FROM audit_event LIMIT 1").fetchone()
        connection.execute(f"DROP TABLE {name}")
    code, said = verify(archive())
    assert code == 1
    assert "seal 2: its 5 events are missing, and no purge says why" in said


def test_a_row_deleted_before_it_was_sealed_leaves_a_hole_in_its_writers_numbers(trail, archive):
    trail.write(3)
    trail.by_superuser(
        "DELETE FROM audit_event WHERE object_id = 'record-1' AND event_id NOT IN (SELECT event_id FROM audit_leaf)"
    )
    seal_everything()
    code, said = verify(archive())
    assert code == 1
    assert "never sealed" in said


def test_a_rotation_is_followed_and_a_key_nobody_vouched_for_is_not(trail, archive, signing):
    signing()
    trail.write(2)
    seal_everything()
    export = archive()
    assert verify(export, "--all-signatures")[0] == 0
    lines = (export / "seals.ndjson").read_text().splitlines()
    kept = [line for line in lines if '\\"kind\\":\\"rotation\\"' not in line]
    assert len(kept) == len(lines) - 1
    (export / "seals.ndjson").write_text("\n".join(kept) + "\n")
    code, said = verify(export)
    assert code == 1
    assert "nobody vouched for" in said


class TestUnusable:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("manifest.json", None),
            ("seals.ndjson", None),
            ("seals.ndjson", "not json\n"),
            ("seals.ndjson", '{"n": 1}\n'),
            ("seals.ndjson", ""),
            ("manifest.json", '{"format": "another"}'),
            ("events.ndjson", "[1]\n"),
        ],
    )
    def test_what_is_no_export_is_said_to_be_none(self, trail, archive, name, text):
        export = archive()
        (export / name).unlink()
        if text is not None:
            (export / name).write_text(text)
        code, said = verify(export)
        assert code == 2
        assert said.startswith("UNUSABLE: ")

    def test_a_zip_is_read_like_its_folder(self, trail, archive, tmp_path):
        zipped = shutil.make_archive(str(tmp_path / "trail"), "zip", archive())
        assert verify(Path(zipped), "--expect-head", head())[0] == 0

    def test_a_head_that_is_none_is_refused(self, trail, archive):
        assert verify(archive(), "--expect-head", "five")[0] == 2
