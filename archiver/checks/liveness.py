"""Whether some process captures into an archive at this moment."""

from __future__ import annotations

import fcntl
import os

from archiver.storage.archive import LOCK, Archive


def someone_captures(archive: Archive) -> bool:
    """Whether a daemon, a poll or a rebuild holds the archive's lock. It is asked for a moment, and shared."""
    try:
        descriptor = os.open(archive.directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
