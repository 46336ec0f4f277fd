"""Which kind of file system a directory lies on: over a network, locks and the catalogue's log cannot be relied on."""

from __future__ import annotations

import re
from pathlib import Path

from archiver.errors import DiskError

MOUNTS = Path("/proc/self/mountinfo")
_OVER_A_NETWORK = re.compile(
    r"nfs\d*|cifs|smb\d|smbfs|ncpfs|afs|davfs|fuse\.(sshfs|s3fs|rclone|davfs2|glusterfs|curlftpfs)"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def require_local(directory: Path) -> None:
    """DiskError where the directory, or where it would be made, lies on a file system reached over a network."""
    kind = kind_of(directory)
    if _OVER_A_NETWORK.fullmatch(kind):
        raise DiskError(
            f"{directory} is on a file system that is reached over a network ({kind}).",
            means="Nothing was written there: its locks keep no second host out, and the catalogue would be damaged.",
            do="Keep the archive on a disk of this host; sealed files may lie elsewhere ([store], [second_store]).",
        )


def kind_of(directory: Path) -> str:
    """The type of the file system as the kernel names it; empty where that cannot be told."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    above = {str(directory.absolute()), *map(str, directory.absolute().parents)}
    found = [(place, kind) for place, kind in map(_mount, lines) if place in above]
    return max(found, key=lambda mount: len(mount[0]))[1] if found else ""


def _mount(line: str) -> tuple[str, str]:
    """Mount point and type of a line (proc(5)): the fifth field, and the first behind the hyphen."""
    before, _, behind = line.partition(" - ")
    place = before.split(" ")[4]
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), place), behind.split(" ")[0]
