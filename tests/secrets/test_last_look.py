"""The look at what tests left finds what it is for, and leaves alone what tests lend."""

from __future__ import annotations

import base64
import gzip
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.secrets.left_behind import TOKENS, left_behind

PROJECT = Path(__file__).parents[2]
TOKEN = TOKENS[0]
OWN = "a-token-of-these-tests-alone"
TEST = """
def test_it(tmp_path):
    (tmp_path / "log").write_text({text!r})
"""


@pytest.mark.parametrize(("text", "code"), [(f"sent {TOKEN} away", 1), ("sent ******** away", 0)])
def test_a_run_that_leaves_a_credential_fails(text: str, code: int) -> None:
    """Though every test of it passes."""
    with TemporaryDirectory() as folder:  # not below the one that is looked through after this run
        (Path(folder) / "test_planted.py").write_text(TEST.format(text=text))
        words = ["-m", "pytest", "-p", "tests.secrets.last_look", "-p", "no:cacheprovider", "-c", "/dev/null"]
        done = subprocess.run(
            [sys.executable, *words, "--rootdir", folder, f"--basetemp={folder}/left", folder],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, "1 passed" in done.stdout) == (code, True), done.stdout + done.stderr
    assert ("CREDENTIAL LEFT BEHIND" in done.stdout, TOKEN in done.stdout) == (bool(code), False)


def test_it_is_found_packed_encoded_and_over_the_edge_of_a_piece(tmp_path: Path) -> None:
    """However often the same bytes lie there, the first is told."""
    (tmp_path / "a").write_bytes(bytes(8190) + OWN.encode() + bytes(9000))
    (tmp_path / "b").write_bytes(b"x" + gzip.compress(b"y" * 100_000 + base64.b64encode(OWN.encode())))
    (tmp_path / "c").write_bytes((tmp_path / "a").read_bytes())
    found = {leak.path.partition("!")[0] for leak in left_behind(tmp_path, (OWN,))}
    assert found == {"a", "b"}


def test_a_file_that_a_credential_is_read_from_is_no_leak(tmp_path: Path) -> None:
    """For its owner alone, and with nothing else in it; any other is one."""
    for name, text, mode in (("mine", f"{OWN}\n", 0o600), ("open", OWN, 0o644), ("more", f"{OWN} ok", 0o600)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    assert {leak.path for leak in left_behind(tmp_path, (OWN,))} == {"more", "open"}
