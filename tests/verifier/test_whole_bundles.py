"""A bundle as it was made: the verifier in it finds it whole, and so do sha256sum and openssl."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.archives import Filled
from tests.verifier.bundles import proved_bundle, unpacked, verify


def test_a_bundle_as_it_was_made_holds(whole: Path, tmp_path: Path) -> None:
    """As the ZIP file, and as the folder it was unpacked to; what is counted is told."""
    said = verify(whole)

    assert said == type(said)(0, said.out)
    assert said.out.splitlines()[-4:] == [
        "78 items in 79 versions: as many as declared, each proved.",
        "51 WARC records and 6 attached files: each proved.",
        "No time-stamp authority says when: only the agency's own word does.",
        "EVERYTHING HOLDS.",
    ]
    assert verify(unpacked(whole, tmp_path / "out")).out == said.out


def test_the_verifier_in_the_bundle_runs_alone(whole: Path, tmp_path: Path) -> None:
    """In a folder of its own, isolated from the project and from the environment."""
    root = unpacked(whole, tmp_path / "out")
    alone = shutil.copy(root / "verify_bundle.py", tmp_path / "verify_bundle.py")
    done = subprocess.run(
        [sys.executable, "-I", alone, whole], capture_output=True, text=True, check=False, cwd=tmp_path, env={}
    )

    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (0, "", "EVERYTHING HOLDS.")


def test_the_published_key_can_be_named(whole: Path) -> None:
    """Then no other key will do, though the bundle brings one."""
    key = re.search(r"with the key (\S+)\. Compare", verify(whole).out)
    assert key is not None
    other = "archiver/x+eba8a66c+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    assert "Compare it" not in verify(whole, "--key", key[1]).out
    assert verify(whole, "--key", key[1]).code == 0
    assert verify(whole, "--key", other).out == "WRONG: the bundle is not signed with the key you named.\n"


def test_the_same_state_gives_the_same_bytes(whole: Path, filled_once: Filled) -> None:
    """Proofs included: a second bundle of one request is proved by the checkpoint that the first was proved by."""
    again = proved_bundle(replace(filled_once, directory=whole.parent.parent))

    assert again != whole
    assert again.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_sha256sum_and_openssl_alone_can_check_it(whole: Path, tmp_path: Path) -> None:
    """With the very commands of its README; a changed statement is refused by them too."""
    root = unpacked(whole, tmp_path / "out")
    commands = _commands((root / "README.txt").read_text())
    said = [_shell(command, root) for command in commands]

    assert [done.returncode for done in said] == [0] * len(commands), said
    assert said[-2].stdout == "Signature Verified Successfully\n"
    digest = said[-1].stdout.split()[0]
    assert (root / "said").read_text().endswith(f"tagmanifest-sha256.txt {digest}\n")
    (root / "said").write_text((root / "said").read_text().replace("bundle R1", "bundle R2"))
    assert _shell(commands[-2], root).returncode != 0


def _commands(readme: str) -> list[str]:
    """`sha256sum -c`, then the lines below `By hand`, joined where they go on."""
    lines = readme.split("By hand")[1].split("QUESTIONS")[0].splitlines()[1:]
    text = "\n".join(line.strip() for line in lines if line.startswith("  "))
    joined = re.sub(r"(\\|\|)\n", lambda end: "| " if end[1] == "|" else " ", text)
    return ["sha256sum -c manifest-sha256.txt", *(line.split("    ")[0] for line in joined.splitlines())]


def _shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
    )
