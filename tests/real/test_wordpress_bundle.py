"""A request about a real WordPress site, answered by the program: everything the site says is in the bundle."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver.demo.images import picture
from tests.journey.program import Bundle, Program
from tests.real import wordpress_truth
from tests.real.keeping import Told, squeezed
from tests.real.wordpress import Json, WordPress

pytestmark = pytest.mark.real

WORDS = "tollbooth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the site said when it was polled last, and the bundles of two requests. `gone` was destroyed before."""

    site: dict[str, Told]
    gone: str
    everything: Bundle
    about_word: Bundle


@pytest.fixture(scope="module")
def answered(wordpress: WordPress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    """Registered, polled, changed, polled again and disclosed, each step a command of the program."""
    secret = f"{wordpress.user}:{wordpress.app_password}"
    program = Program(folder=tmp_path_factory.mktemp("bundle"), environ={"WORDPRESS": secret})
    program.begin()
    program.run("accounts", "add", "wordpress", "--id", "site", "--url", wordpress.url, "--credential", "env:WORDPRESS")
    post = wordpress.post("A <em>tollbooth</em> & a bridge", "<p>=SUM(1) is no formula here.</p>")
    wordpress.upload("bridge.png", picture(7), "image/png", alt=f"A {WORDS} of wood", post=post["id"])
    gone = wordpress.comment(post["id"], f"The {WORDS} must go!", author="Quill Marchbank")
    wordpress.comment(post["id"], "Or stay?", author="Odessa Fennimore", parent=gone["id"])
    program.run("poll", "--all")
    wordpress.destroy(f"comments/{gone['id']}")
    program.run("poll", "--all")
    yield Answered(
        site=wordpress_truth.everything(wordpress),
        gone=f"comment:{gone['id']}",
        everything=program.bundle("everything"),
        about_word=program.bundle("word", "--words", WORDS),
    )


def test_every_item_of_the_site_is_in_the_bundle_and_the_count_says_so(answered: Answered) -> None:
    """Rows of both tables are what the site says and what was destroyed meanwhile, no more and no less."""
    rows = answered.everything.rows
    assert set(rows) == set(answered.site) | {answered.gone}
    assert [line["link"] for line in answered.everything.table] == [row["link"] for row in rows.values()]
    assert answered.everything.items == len(rows) == len(answered.everything.table)


def test_each_row_says_what_the_site_says(answered: Answered) -> None:
    """Kind, author, text, parent, visibility, files: item by item."""
    rows = answered.everything.rows
    found = {key: _of_row(rows[key]) for key in answered.site}
    assert found == {key: _of_told(one) for key, one in answered.site.items()}


def test_each_item_is_on_a_page_a_requester_can_read(answered: Answered) -> None:
    """Title and text of every item stand on a page."""
    shown = squeezed(answered.everything.pages)
    missing = [key for key, one in answered.site.items() if one.title not in shown or one.text not in shown]
    assert missing == []


def test_each_file_of_the_site_lies_in_the_bundle(answered: Answered) -> None:
    """Every digest the site's files have is that of a file beside the pages."""
    named = {digest for one in answered.site.values() for digest, _ in one.files}
    files = [data for name, data in answered.everything.files.items() if name.startswith("media/")]
    assert {hashlib.sha256(data).hexdigest() for data in files} == named


def test_a_request_for_a_word_is_answered_with_what_says_it_and_what_said_it(answered: Answered) -> None:
    """The post by its title, the file by its description, the destroyed comment by the words that were kept."""
    said = {key for key, one in answered.site.items() if WORDS in (one.title + one.text).lower()}
    assert set(answered.about_word.rows) == said | {answered.gone}
    looks = answered.about_word.rows[answered.gone]["observations"]
    assert [look["seen"] for look in looks] == ["present", "absent"]


def test_no_credential_is_in_the_archive_or_the_bundles(wordpress: WordPress, answered: Answered) -> None:
    """Neither the password nor its Basic form is in any byte the program wrote."""
    secret = f"{wordpress.user}:{wordpress.app_password}".encode()
    marks = [wordpress.app_password.encode(), wordpress.app_password.replace(" ", "").encode(), b64encode(secret)]
    written = [path for path in answered.everything.path.parent.parent.rglob("*") if path.is_file()]
    assert [path.name for path in written for piece in _pieces(path) for mark in marks if mark in piece] == []
    assert {".gz", ".zip", ".sqlite"} <= {path.suffix for path in written}


def _pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is packed in it."""
    yield path.read_bytes()
    if path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                yield gzip.decompress(bundle.read(name)) if name.endswith(".gz") else bundle.read(name)


def _of_row(row: Json) -> tuple[object, ...]:
    current = next(version for version in reversed(row["versions"]) if not version["historic"])
    return (
        row["kind"],
        row["author"]["name"],
        squeezed(current["title"]),
        squeezed(current["text"]),
        row["parent"],
        current["visibility"],
        [medium["sha256"] for medium in row["media"]],
    )


def _of_told(one: Told) -> tuple[object, ...]:
    return (
        one.kind,
        one.author[1],
        one.title,
        one.text,
        one.parent,
        one.visibility,
        [digest for digest, _ in one.files],
    )
