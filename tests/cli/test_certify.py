"""certify and certificate: what was covered, signed; the custodian's declaration, as a draft."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archiver.storage.archive import Archive
from archiver.storage.segments_table import segments
from tests.archives import BLOG, SOCIAL
from tests.cli.calling import Caller

SPAN = ("--from", "2026-11-21", "--to", "2026-11-23")


def test_a_certificate_is_printed_signed(full: Caller) -> None:
    """With what is covered of each stream, and what this platform does not give."""
    said = full("certify", BLOG, *SPAN)

    assert (said.code, said.err) == (0, "")
    assert re.match(r"archiver/\S+\ncompleteness certificate blog\n\nAgency:    Tamarack Hollow", said.out)
    assert "STREAM posts\nHolds: " in said.out
    assert "Not coverable on this platform: " in said.out
    assert re.search(r"\n\n— archiver/\S+ \S+\n$", said.out)


def test_the_same_in_json_and_into_a_new_file(full: Caller) -> None:
    """A file that is there is never written over."""
    said = full("certify", SOCIAL, *SPAN, "--json").json
    written = full("certify", SOCIAL, *SPAN, "--output", str(full.folder / "social.txt"), "--json").json
    again = full("certify", SOCIAL, *SPAN, "--output", str(full.folder / "social.txt"))

    assert (said["account"], {stream["name"] for stream in said["streams"]} >= {"posts", "messages"}) == (SOCIAL, True)
    assert (full.folder / "social.txt").read_text().endswith("\n")
    assert said["streams"] == written["streams"]
    assert (again.code, "is already there" in again.err) == (4, True)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_verifies_the_signature(full: Caller, tmp_path: Path) -> None:
    """With the commands that the page on evidence gives."""
    full("certify", BLOG, *SPAN, "--output", str(tmp_path / "certificate.txt"))
    page = (Path(__file__).parents[2] / "docs" / "certificates.md").read_text(encoding="utf-8")
    script = page.split("```sh\n")[1].split("```")[0]
    public = next(line for line in full("ledger", "key", "show").out.splitlines() if "archiver/" in line)
    vkey = re.search(r"archiver/\S+\+[0-9a-f]{8}\+(\S+)", public)
    assert vkey is not None
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"KEY": vkey[1], "PATH": "/usr/bin:/bin"},
    )

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Signature Verified Successfully"), done


def test_bad_input_is_told(full: Caller) -> None:
    """An account that is not there, a span that is none, one in the future."""
    assert full("certify", "nobody", *SPAN).code == 2
    assert "is empty, or lies in the future" in full("certify", BLOG, "--from", "2026-11-23", "--to", "2026-11-21").err
    assert "is empty, or lies in the future" in full("certify", BLOG, "--from", "2031-01-01", "--to", "2031-01-02").err
    assert full("certify", BLOG).code == 2


def test_the_declaration_is_a_draft_with_the_facts(full: Caller) -> None:
    """Each version with the records it came from; the digests are those of the bytes on disk."""
    item = full("search", "--json", "--limit", "1").json["items"][0]["item"]
    said = full("certificate", item, "--custodian", "Rhea Quist")
    places = re.findall(r"(response|request|metadata): (\S+), offset (\d+), length (\d+)\n +SHA-256 (\S{64})", said.out)

    assert said.code == 0
    assert "DRAFT. " in said.out
    assert "1. Custodian. I am Rhea Quist, custodian of records of Tamarack Hollow" in said.out
    assert [kind for kind, *_ in places] == ["response", "request", "metadata"]
    for _, name, offset, length, digest in places:
        command = f"tail -c +{int(offset) + 1} {full.folder / 'archive' / name} | head -c {length} | sha256sum"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        assert done.stdout.split()[0] == digest


def test_nothing_is_declared_of_damaged_bytes(full: Caller) -> None:
    """The record is read again first, and what is wrong is told instead."""
    item = full("search", "--json", "--limit", "1").json["items"][0]["item"]
    archive = Archive.open(full.folder / "archive")
    for row in segments(archive.database.connection()):
        for path in (full.folder / "archive").rglob(row.name):
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:200] + b"\0" * (path.stat().st_size - 200))
    archive.close()
    said = full("certificate", item)

    assert (said.code, "is not what was written" in said.err) == (10, True)
