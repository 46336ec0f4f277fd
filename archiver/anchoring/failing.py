"""The one way in which a place outside does not take a checkpoint."""

from __future__ import annotations

from archiver.errors import Exit, PlatformDown
from archiver.storage.anchors import INTEGRITY

REJECTED = "rejected"  # the place answered that it will not
BAD_ANSWER = "bad answer"  # it answered with something that shows nothing
CREDENTIAL = "credential"
HOST = "this host"  # a file or program of this host stands in the way
_LONGEST = 300


class Unanchored(PlatformDown):
    """A place outside did not take a checkpoint. `why` is the cause as a gap of it is called."""

    def __init__(self, what: str, *, why: str, do: str = "") -> None:
        super().__init__(
            what,
            means="This checkpoint is not fixed there; a gap is on record until a later one is.",
            do=do or "It is tried again by itself. See: archiver ledger anchors",
        )
        self.why = why


class LedgerDiffers(Unanchored):
    """A witness remembers a ledger that this one does not continue."""

    exit = Exit.VERIFICATION

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            why=INTEGRITY,
            do="Repair nothing. Compare this archive with its backups and with the checkpoint the witness holds.",
        )
        self.means = "Entries were changed or taken out after they were shown outside, or an older copy was restored."


def plain(text: str) -> str:
    """What a stranger's server said, on one line, without control characters and not too long."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST])
    return " ".join(seen.split())[:_LONGEST]
