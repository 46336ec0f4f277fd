"""The bundle as a whole: a valid bag, the same bytes, true counts, and refusal of whatever does not add up."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest

from exports.bundle import PAGE_SIZE
from exports.summary import BundleSummary
from tests.exports import bundle_samples as samples

RECORDS = [[samples.record(1)], [samples.record(2)[:20], samples.record(2)[20:]]]


def _rich() -> tuple[bytes, BundleSummary]:
    items, media = samples.rich_items()
    return samples.bundle(items, media=media, records=RECORDS)


def _unpacked(data: bytes, where: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(where)
    return where / "request-2026-014"


def _text(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(f"request-2026-014/{name}").decode("utf-8-sig")


def test_it_is_a_valid_bag(tmp_path: Path) -> None:
    """The reference program finds a complete BagIt 1.0 bag whose metadata tell the counts."""
    data, summary = _rich()

    bag = bagit.Bag(str(_unpacked(data, tmp_path)))

    bag.validate()
    assert bag.version_info == (1, 0)
    told = {
        name: bag.info[name] for name in ("Item-Count", "Version-Count", "Media-Count", "Record-Count", "File-Count")
    }
    assert told == {"Item-Count": "5", "Version-Count": "6", "Media-Count": "2", "Record-Count": "2", "File-Count": "9"}
    assert bag.info["Payload-Oxum"].endswith(".9")
    assert (summary.items, summary.versions, summary.media, summary.records, summary.files) == (5, 6, 2, 2, 9)


def test_sha256sum_agrees_with_both_manifests(tmp_path: Path) -> None:
    """A requester needs nothing of ours to check every file, and one changed byte is found."""
    sha256sum = shutil.which("sha256sum")
    if not sha256sum:
        pytest.skip("sha256sum is not installed")
    data, summary = _rich()
    root = _unpacked(data, tmp_path)

    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert (
            subprocess.run(
                [sha256sum, "-c", "--strict", manifest], cwd=root, check=False, capture_output=True
            ).returncode
            == 0
        )
    listed = (root / "manifest-sha256.txt").read_text().splitlines()
    on_disk = sorted(path.relative_to(root).as_posix() for path in (root / "data").rglob("*") if path.is_file())
    assert sorted(line[66:] for line in listed) == on_disk
    assert len(on_disk) == summary.files

    page = root / "data" / "pages" / "0001.html"
    page.write_bytes(page.read_bytes().replace(b"WEDNESDAY", b"THURSDAY!"))
    found = subprocess.run([sha256sum, "-c", "manifest-sha256.txt"], cwd=root, check=False, capture_output=True)
    assert found.returncode == 1
    assert b"data/pages/0001.html: FAILED" in found.stdout


def test_two_builds_are_equal_byte_for_byte() -> None:
    """The same case, items, records and files make the same ZIP."""
    assert _rich() == _rich()


def test_every_name_in_the_zip_is_safe_and_below_one_directory() -> None:
    """Names are ours alone; nothing archived becomes part of one, and the end mark comes last."""
    data, _ = _rich()

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    image, note = (file.name for file in samples.rich_items()[1])
    assert names == [
        f"request-2026-014/{name}"
        for name in (
            "bagit.txt",
            "data/pages/0001.html",
            "data/items.csv",
            "data/items.jsonl",
            "data/records/records.warc.gz",
            f"data/{image}",
            f"data/{note}",
            "data/coverage.html",
            "data/bundle.json",
            "data/index.html",
            "manifest-sha256.txt",
            "bag-info.txt",
            "README.txt",
            "tagmanifest-sha256.txt",
            "end-of-bundle.txt",
        )
    ]
    assert (image.endswith(".png"), note.endswith(".bin")) == (True, True)


def test_every_page_says_where_it_stands() -> None:
    """Page footers, the index and the figures tell the same counts, and the last page says that it is the last."""
    count = PAGE_SIZE + 3

    data, summary = samples.bundle(samples.many(count))

    first, last = _text(data, "data/pages/0001.html"), _text(data, "data/pages/0002.html")
    assert "Page 1 of 2, items 1 to 200 of 203." in first
    assert "Page 2 of 2, items 201 to 203 of 203." in last
    assert ("End of the items" in first, "End of the items: nothing follows item 203." in last) == (False, True)
    assert ('rel="next" href="0002.html"' in first, 'rel="prev" href="0001.html"' in last) == (True, True)
    assert "This bundle holds <strong>203 items</strong> in 203 versions" in _text(data, "data/index.html")
    assert json.loads(_text(data, "data/bundle.json"))["counts"] == {
        "items": 203,
        "versions": 203,
        "media": 0,
        "records": 0,
        "files": 8,
    }
    assert summary.files == 8
    assert "203 items, 203 versions, 8 files" in _text(data, "end-of-bundle.txt")


def test_a_reply_links_to_its_parent_on_an_earlier_page() -> None:
    """The conversation goes on across the edge of a page."""
    items = [
        replace(item, thread="t", parent=None if n == 0 else samples.item(1).remote_id)
        for n, item in enumerate(samples.many(PAGE_SIZE + 1))
    ]

    data, _ = samples.bundle(items)

    link = f'<a href="0001.html#item-{items[0].id}">item 1</a>'
    assert link in _text(data, "data/pages/0002.html")
    assert f'<a href="#item-{items[0].id}">item 1</a>' in _text(data, "data/pages/0001.html")


def test_nothing_found_is_a_bundle_too() -> None:
    """A request that nothing meets gets an index that says so, and no page."""
    data, summary = samples.bundle([])

    assert "No item in the archive meets the request." in _text(data, "data/index.html")
    assert (summary.items, summary.files) == (0, 6)


def test_the_readme_answers_who_has_nothing_else() -> None:
    """Where to start, how to check, what else the records hold, whom to ask."""
    data, _ = _rich()

    readme = " ".join(_text(data, "README.txt").split())
    for part in (
        "open data/index.html in any web browser",
        "sha256sum -c manifest-sha256.txt",
        "other items that stood on it are in it too",
        "5 items in 6 versions; 2 attached files; 9 files below data/",
        "Pat Example, records@sample.example",
    ):
        assert part in readme


def test_line_ends_in_names_cannot_forge_metadata() -> None:
    """White space in an agency's name becomes one space in bag-info.txt and in the warcinfo record."""
    data, _ = samples.bundle([], the_case=samples.case(0, agency="District\r\nPayload-Oxum: 1.1"))

    assert "Source-Organization: District Payload-Oxum: 1.1\n" in _text(data, "bag-info.txt")


def test_what_was_not_covered_is_told() -> None:
    """Gaps with cause and bounds, stretches covered, and accounts without any."""
    data, _ = _rich()

    page, index = _text(data, "data/coverage.html"), _text(data, "data/index.html")
    assert 'credential refused: <bdi dir="auto">the credential was refused (HTTP 401)</bdi>' in page
    assert "Mar 2, 2026, 9:12:05 AM PST (2026-03-02 17:12:05 UTC)" in page
    assert "For 1 account nothing is on record as walked through completely" in page
    assert "Not everything could be captured." in index
    assert "(1 not repaired)" in index
    gap = json.loads(_text(data, "data/bundle.json"))["gaps"][0]
    assert (gap["cause"], gap["start"], gap["closed"]) == ("credential refused", "2026-03-02T17:12:05Z", None)


def test_a_repaired_gap_is_not_called_open() -> None:
    """A gap that was filled later is shown with its repair."""
    gap = replace(samples.case(0).gaps[0], closed=datetime(2026, 3, 9, tzinfo=UTC), repair="walked again")

    data, _ = samples.bundle([], the_case=samples.case(0, gaps=(gap,)))

    assert "Every gap on record was repaired later." in _text(data, "data/index.html")
    assert "walked again" in _text(data, "data/coverage.html")


def test_the_stronger_word_is_never_used() -> None:
    """What was only not seen is never said to be deleted, anywhere in a bundle."""
    data, _ = _rich()

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            assert b"delete" not in archive.read(name).lower(), name
    assert "Not there when looked at directly, at" in _text(data, "data/pages/0001.html")
