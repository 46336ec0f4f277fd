"""A bundle of a real archive: accepted by others' tools, whole, the same bytes again, flat in memory."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import bagit
import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.acts.bundle_check import check_bundle
from archiver.acts.bundling import Bundle, Wanted, make_bundle
from archiver.acts.requests import Opening, open_request
from archiver.errors import VerificationError
from archiver.model import Kind, Selector
from archiver.storage import request_rows, search
from archiver.storage.archive import Archive
from archiver.storage.item_rows import disclosed_items
from tests.archives import SOCIAL, START, Filled

ZONE = ZoneInfo("America/Los_Angeles")
EVERYTHING = Selector()


@pytest.fixture
def archive(filled: Filled) -> Iterator[Archive]:
    """The filled archive, opened."""
    opened = Archive.open(filled.directory)
    yield opened
    opened.close()


def bundle(archive: Archive, selector: Selector, now: datetime, *, request_id: str = "R1") -> Bundle:
    """Open a request and write its bundle."""
    opening = Opening(received=now, text="Records, please", selector=selector, id=request_id)
    open_request(archive, opening, closures=(), who="Rhea Quist", now=now)
    wanted = Wanted(request_id=request_id, agency="District", records_officer="Rhea", zone=ZONE, made_at=now)
    return make_bundle(archive, wanted, who="Rhea Quist", now=now)


def unpacked(made: Bundle, folder: Path) -> Path:
    """The one directory of an unpacked bundle."""
    with zipfile.ZipFile(made.path) as file:
        file.extractall(folder)
    return next(folder.iterdir())


def test_other_tools_accept_it(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    """The bag validates, and the WARC copied record by record passes warcio's check."""
    root = unpacked(bundle(archive, EVERYTHING, filled.now), tmp_path / "out")
    warc = root / "data" / "records" / "records.warc.gz"
    checked = subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(warc)], capture_output=True, check=False)

    assert bagit.Bag(str(root)).validate()
    assert (checked.returncode, checked.stdout) == (0, b"")


def test_every_item_of_the_scope_is_in_it_once(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    """By conversation, the oldest first, a parent before its replies."""
    root = unpacked(bundle(archive, EVERYTHING, filled.now), tmp_path / "out")
    lines = [json.loads(line) for line in (root / "data" / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    threads = [(one["account"], one["thread"] or one["parent"] or one["remote_id"]) for one in lines]
    runs = [thread for index, thread in enumerate(threads) if index == 0 or threads[index - 1] != thread]
    places = {(one["account"], one["remote_id"]): index for index, one in enumerate(lines)}

    assert sorted(int(one["id"]) for one in lines) == sorted(search.every(archive.database.connection(), EVERYTHING))
    assert len(runs) == len(set(runs))
    assert [
        one["remote_id"]
        for index, one in enumerate(lines)
        if one["parent"] and places.get((one["account"], one["parent"]), -1) > index
    ] == []


def test_files_are_those_the_platform_sent(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    """Each held file of an item is there under its digest."""
    root = unpacked(bundle(archive, EVERYTHING, filled.now), tmp_path / "out")
    lines = [json.loads(line) for line in (root / "data" / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    named = {medium["file"]: medium["sha256"] for one in lines for medium in one["media"] if medium["file"]}
    there = {f"data/media/{path.name}": path.read_bytes() for path in (root / "data" / "media").iterdir()}

    assert len(named) == 6
    assert {name: hashlib.sha256(data).hexdigest() for name, data in there.items()} == named
    assert all(data.startswith(b"\x89PNG") for data in there.values())


def test_a_page_that_also_shows_messages_is_not_copied(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    """With its credential a platform lists an account's direct messages among its posts: such a listing stays out."""
    posts = Selector(accounts=(SOCIAL,), kinds=(Kind.POST,), words="boundary")
    made = bundle(archive, posts, filled.now)
    wanted = Wanted(request_id="R1", agency="D", records_officer="R", zone=ZONE, made_at=filled.now, every_record=True)
    every = make_bundle(archive, wanted, who="R", now=filled.now)
    db = archive.database.connection()
    messages = [
        one.remote_id.encode() for one in disclosed_items(db, search.every(db, Selector(kinds=(Kind.MESSAGE,))))
    ]
    found = {
        path.name: [one for one in messages for block in _members(_records_of(path)) if one in block]
        for path in (made.path, every.path)
    }

    assert (len(messages), made.show_more, every.show_more) == (6, 2, 2)
    assert every.summary.records == made.summary.records + 2 * 3
    assert (found[made.path.name], bool(found[every.path.name])) == ([], True)


def test_versions_that_came_after_the_receipt_are_left_out(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    """A request received between the two polls shows the post as it was then; with what came later, both."""
    received = START + timedelta(hours=1, minutes=5)
    selector = Selector(threads=(filled.edited,), captured_until=received)
    opening = Opening(received=received, text="x", selector=selector, id="R1")
    open_request(archive, opening, closures=(), who="R", now=filled.now)
    wanted = Wanted(request_id="R1", agency="D", records_officer="R", zone=ZONE, made_at=filled.now)
    then = make_bundle(archive, wanted, who="R", now=filled.now)
    later = make_bundle(archive, replace(wanted, include_later=True), who="R", now=filled.now)
    with zipfile.ZipFile(then.path) as early, zipfile.ZipFile(later.path) as late:
        texts = [one.read("request-R1/data/items.jsonl").decode() for one in (early, late)]
        bytes_then = early.read("request-R1/data/records/records.warc.gz")

    assert ["WEDNESDAY" in text for text in texts] == [False, True]
    assert later.summary.items == then.summary.items + 1
    assert b"WEDNESDAY" not in b"".join(_members(bytes_then))


def test_the_same_state_makes_the_same_bytes(archive: Archive, filled: Filled) -> None:
    """Also when the archive has moved to another directory and its rows were written in between."""
    first = bundle(archive, EVERYTHING, filled.now)
    wanted = Wanted(request_id="R1", agency="District", records_officer="Rhea", zone=ZONE, made_at=filled.now)
    second = make_bundle(archive, wanted, who="Somebody else", now=filled.now + timedelta(days=1))

    assert first.path.read_bytes() == second.path.read_bytes()
    assert hashlib.sha256(first.path.read_bytes()).hexdigest() == first.summary.sha256


def test_an_empty_scope_makes_an_empty_bundle(archive: Archive, filled: Filled) -> None:
    """Nothing found is an answer too, and a whole bundle."""
    made = bundle(archive, Selector(words="zebra"), filled.now)

    assert (made.summary.items, check_bundle(made.path).items) == (0, 0)


def test_memory_stays_flat(archive: Archive, filled: Filled) -> None:
    """A file of 64 MB in it costs no more than a few."""
    db = archive.database
    bundle(archive, Selector(words="zebra"), filled.now, request_id="warm")
    with db.transaction() as connection:
        number = connection.execute("SELECT count(*) FROM items").fetchone()[0]
        connection.execute(
            "CREATE TEMP TABLE numbers AS WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n"
            " WHERE v < 20000) SELECT v FROM n"
        )
        connection.execute(
            "INSERT INTO items SELECT v, 2, 'copy-' || v, 'post', '', '', '', NULL, '', NULL, NULL, '', 0,"
            " '2026-11-21T13:00:00.000000Z', 1, x'00', 'public', NULL, 'present', '2026-11-21T13:00:00.000000Z',"
            " NULL, 0 FROM numbers"
        )
        connection.execute(
            "INSERT INTO versions SELECT v, 1, x'00', x'00', NULL, '2026-11-21T13:00:00.000000Z', 1, '', '',"
            " 'Some text of an ordinary length, as posts have it.', 'public', 'en', '', '', '', 0, NULL FROM numbers"
        )
    tracemalloc.start()
    made = bundle(archive, EVERYTHING, filled.now)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert made.summary.items == number + 20000
    assert peak < 24 << 20


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("data/pages/0001.html", b"changed", "data/pages/0001.html is not what was written"),
        ("manifest-sha256.txt", b"nonsense\n", "manifest-sha256.txt cannot be read as a manifest"),
        ("data/media/stray.bin", b"stray", "data/media/stray.bin is in no manifest"),
        ("data/items.csv", None, "data/items.csv is missing"),
        ("tagmanifest-sha256.txt", None, "tagmanifest-sha256.txt is missing"),
        ("end-of-bundle.txt", None, "end-of-bundle.txt is missing"),
    ],
)
def test_whatever_is_changed_is_named(
    archive: Archive, filled: Filled, tmp_path: Path, name: str, change: bytes | None, why: str
) -> None:
    """A changed, added or missing file is found by the check, and named."""
    made = bundle(archive, Selector(words="boundary"), filled.now)
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(made.path) as old, zipfile.ZipFile(forged, "w") as new:
        kept = {entry.filename.partition("/")[2]: old.read(entry) for entry in old.infolist()}
        if change is None:
            del kept[name]
        else:
            kept = {name: change} | kept | {name: change}
        for entry, data in kept.items():
            new.writestr(f"request-R1/{entry}", data)

    with pytest.raises(VerificationError, match=why):
        check_bundle(forged)


@pytest.mark.parametrize("left_out", ["data/items.jsonl", "data/records/records.warc.gz", "data/bundle.json"])
def test_a_bundle_whose_manifests_fit_and_that_lacks_a_part_is_told(
    archive: Archive, filled: Filled, tmp_path: Path, left_out: str
) -> None:
    """Whoever takes a file out can make the manifests anew; what a bundle must hold is known all the same."""
    made = bundle(archive, Selector(words="boundary"), filled.now)
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(made.path) as old, zipfile.ZipFile(forged, "w") as new:
        kept = {entry.filename.partition("/")[2]: old.read(entry) for entry in old.infolist()}
        del kept[left_out]
        kept["manifest-sha256.txt"] = _without(kept["manifest-sha256.txt"], left_out)
        digest = hashlib.sha256(kept["manifest-sha256.txt"]).hexdigest()
        tags = _without(kept["tagmanifest-sha256.txt"], "manifest-sha256.txt")
        kept["tagmanifest-sha256.txt"] = tags + f"{digest}  manifest-sha256.txt\n".encode()
        for entry, data in kept.items():
            new.writestr(f"request-R1/{entry}", data)

    with pytest.raises(VerificationError, match="is not whole"):
        check_bundle(forged)


def _without(manifest: bytes, name: str) -> bytes:
    return b"".join(line for line in manifest.splitlines(keepends=True) if not line.endswith(f"  {name}\n".encode()))


def test_any_damage_is_answered_with_an_error_of_ours(archive: Archive, filled: Filled, tmp_path: Path) -> None:
    """A byte changed anywhere in the contents is found; changed in what only describes the ZIP, it does no harm."""
    whole = bundle(archive, Selector(words="zebra"), filled.now).path.read_bytes()
    path = tmp_path / "damaged.zip"
    found = 0
    for offset in range(0, len(whole), 97):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 0xFF]) + whole[offset + 1 :])
        try:
            check_bundle(path)
        except VerificationError:
            found += 1

    assert found > 0.8 * len(range(0, len(whole), 97))


@pytest.mark.parametrize("file", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"x" * 100])
def test_what_is_no_bundle_is_told(tmp_path: Path, file: bytes) -> None:
    """Any bytes are answered with an error of three lines."""
    path = tmp_path / "no.zip"
    path.write_bytes(file)

    with pytest.raises(VerificationError, match="is not whole"):
        check_bundle(path)


def test_a_crash_while_writing_leaves_no_bundle(
    archive: Archive, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither under its name nor aside, and no row says there is one."""
    monkeypatch.setattr("archiver.acts.bundling.check_bundle", lambda _: (_ for _ in ()).throw(VerificationError("x")))

    with pytest.raises(VerificationError):
        bundle(archive, EVERYTHING, filled.now)
    assert list(archive.bundles.iterdir()) == []
    assert archive.database.connection().execute("SELECT count(*) FROM bundles").fetchone()[0] == 0


@pytest.mark.parametrize(("left", "name"), [(".R1-1.zip.part", "R1-1.zip"), ("R1-1.zip", "R1-2.zip")])
def test_what_a_killed_process_left_is_no_bundle(archive: Archive, filled: Filled, left: str, name: str) -> None:
    """A part is written over; a whole file without its row keeps its name, and the next bundle gets another."""
    (archive.bundles / left).write_bytes(b"left by a process that was killed")
    made = bundle(archive, EVERYTHING, filled.now)

    rows = request_rows.bundles_of(archive.database.connection(), "R1")
    assert ([row.name for row in rows], made.path) == ([name], archive.bundles / name)
    assert [path.name for path in sorted(archive.bundles.glob(".*"))] == []
    assert check_bundle(made.path).request == "R1"


def _records_of(path: Path) -> bytes:
    """The WARC of a bundle."""
    with zipfile.ZipFile(path) as file:
        return file.read("request-R1/data/records/records.warc.gz")


def _members(data: bytes) -> Iterator[bytes]:
    """The contents of a WARC's records."""
    for record in ArchiveIterator(io.BytesIO(data)):
        yield record.content_stream().read()
