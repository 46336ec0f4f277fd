"""`archiver verify` tells what it found, and its exit code says whether it did."""

from __future__ import annotations

from pathlib import Path

from tests.cli.calling import Caller


def flipped(folder: Path) -> Path:
    """One bit of the largest WARC file is turned."""
    path = max((folder / "archive" / "spool").glob("*.warc.gz"), key=lambda file: file.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def test_a_sound_archive(full: Caller) -> None:
    """Exit code 0, and how much was read."""
    said = full("verify")

    assert (said.code, said.out.splitlines()[-1].endswith(": compared with their digests. No findings.")) == (
        0,
        True,
    )
    assert "100 %" in said.err


def test_a_deep_look_at_a_sound_archive(full: Caller) -> None:
    """Every record inflated, every reply read again."""
    said = full("verify", "--reread", "--json")

    assert (said.code, said.json["sound"], said.json["deep"], said.json["findings"]) == (0, True, True, [])


def test_a_flipped_bit(full: Caller) -> None:
    """Exit code 10; file, offset, record, what it means and what to do."""
    path = flipped(full.folder)
    said = full("verify", "--json")
    (finding,) = said.json["findings"]

    assert (said.code, finding["kind"], finding["file"], finding["account"]) == (
        10,
        "bytes changed",
        path.name,
        "social",
    )
    assert finding["offset"] <= path.stat().st_size // 2
    assert finding["record"].startswith("urn:uuid:")
    assert "archiver repair" in finding["do"]
    assert full("verify").out.splitlines()[0] == f"BYTES CHANGED  {path.name} at {finding['offset']}"


def test_the_result_is_remembered(full: Caller) -> None:
    """`archiver status` tells it; one account's result is not everybody's."""
    flipped(full.folder)

    full("verify", "--account", "blog")
    before = full("status", "--json").json["verified"]
    full("verify")
    after = full("status", "--json").json["verified"]

    assert (before, after["findings"]) == (None, 1)


def test_an_unknown_account(full: Caller) -> None:
    """Exit code 2."""
    assert full("verify", "--account", "lincoln").code == 2
