"""What a check finds wrong, as data: collected first, told once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

_MEANS_RECORD = "What it holds cannot be shown or disclosed from this copy; other records are not affected."
_MEANS_FILE = "The records in it can be neither shown nor disclosed until it is back."
_RESTORE = "Where another copy is kept: archiver repair. Else restore it from a backup, then run: archiver verify"
_REBUILD = "If the WARC files are sound (archiver verify --deep), make the catalogue anew: archiver rebuild"


class Kind(StrEnum):
    """What is wrong."""

    CHANGED = "bytes changed"
    SHORT = "file too short"
    MISSING = "file missing"
    EXTRA = "bytes without a row"
    STRANGER = "file without a row"
    UNSOUND = "record not sound"
    DIGEST = "file digest differs"
    INDEX = "index beside the file differs"
    UNREAD = "not readable"
    DISAGREES = "rows disagree"
    CATALOGUE = "catalogue damaged"
    SCHEMA = "tables or triggers differ"
    ACTS = "acts missing"
    LEDGER = "ledger disagrees"
    CHECKPOINT = "checkpoint lost or changed"
    ANCHOR = "stamp or witness differs"


_TOLD = {
    Kind.CHANGED: (_MEANS_RECORD, _RESTORE),
    Kind.SHORT: ("The records behind its end are missing from this copy.", _RESTORE),
    Kind.MISSING: (_MEANS_FILE, _RESTORE),
    Kind.EXTRA: (
        "Nothing refers to them, so nobody finds what they hold. After a crash this is the end of a file, which the"
        " next poll takes in or moves to quarantine.",
        "archiver poll; where it is told again: archiver rebuild",
    ),
    Kind.STRANGER: (
        "Nothing refers to it, so nobody finds what it holds.",
        "If it belongs here: archiver rebuild. If not, move it out of the archive.",
    ),
    Kind.UNSOUND: (_MEANS_RECORD, _RESTORE),
    Kind.DIGEST: ("The catalogue's digest of the file was changed, or the file and its records were.", _RESTORE),
    Kind.INDEX: ("Whoever reads the files without our software is told wrong places or digests.", _RESTORE),
    Kind.UNREAD: (
        "Nothing is known to be wrong with it, and nothing is known to be right: it was not verified.",
        "Look at the store and the way to it (archiver doctor), then run: archiver verify",
    ),
    Kind.DISAGREES: ("A row was changed, or lost, after it was written.", _REBUILD),
    Kind.CATALOGUE: ("What it says cannot be relied on; the WARC files hold everything captured.", _REBUILD),
    Kind.SCHEMA: (
        "Whoever changed it can have what is captured changed on its way into the catalogue, or has taken out what"
        " forbids changes. The WARC files are not affected.",
        _REBUILD,
    ),
    Kind.ACTS: (
        "It cannot be shown any more who decided what was taken out.",
        "Restore the catalogue from a backup and compare its acts.",
    ),
    Kind.LEDGER: (
        "What it speaks for cannot be proved from this copy, or was changed after it was signed.",
        "Restore the ledger folder or the catalogue from a backup, and compare with a checkpoint held elsewhere.",
    ),
    Kind.ANCHOR: (
        "To somebody outside it does not show any more what was there, and when. The ledger itself is not affected.",
        "Restore the ledger folder from a backup. The next checkpoint is shown outside anew: archiver ledger stamp",
    ),
    Kind.CHECKPOINT: (
        "What was shown of the ledger at that time (time stamps, cosignatures, proofs given out) cannot be checked from"
        " this copy. Newer checkpoints, and all they speak for, are not affected.",
        "Where another copy is kept: archiver repair. Else put back the file from a backup, a bundle or a witness, to"
        " the byte; then run: archiver ledger verify",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was kept. `offset` is where in the file, `record` the WARC record's id.

    `copy` says in which store the file is: "store" or "second_store"; None for what is in neither.
    """

    kind: Kind
    what: str
    file: str | None = None
    offset: int | None = None
    record: str | None = None
    account: str | None = None
    copy: str | None = None

    @property
    def means(self) -> str:
        """What it means for the records."""
        return _TOLD[self.kind][0]

    @property
    def do(self) -> str:
        """What to do."""
        return _TOLD[self.kind][1]

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return asdict(self) | {"kind": str(self.kind), "means": self.means, "do": self.do}
