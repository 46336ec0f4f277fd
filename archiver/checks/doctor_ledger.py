"""The ledger: whether what is kept and done gets signed."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.checks.checkpoint_check import missing
from archiver.checks.ledger_standing import ledger_standing
from archiver.checks.seen import Patient, Seen, error, ok, warning
from archiver.errors import Exit

_SIGN = "archiver ledger checkpoint"
_ID = "ledger"


def ledger(patient: Patient) -> Iterator[Seen]:
    """A checkpoint is made each hour where something was added; none is refused, and none is lost."""
    db = patient.archive.database.connection()
    found, gone = ledger_standing(db, patient.clock.now()), missing(patient.archive.directory / "ledger", db)
    when = f"on {found.signed:%Y-%m-%d at %H:%M} UTC" if found.signed else "never"
    if found.refused:
        what = f"The last checkpoint was refused: {found.refused} It was signed last {when}."
        yield error(_ID, what, f"archiver ledger verify, archiver verify; then: {_SIGN}", Exit.VERIFICATION)
    elif gone:
        some = ", ".join(map(str, gone[:3])) + (" and more" if len(gone) > 3 else "")
        what = f"{len(gone):,} of the ledger's checkpoints, once signed, have no file any more: of {some} leaves."
        do = "archiver repair, where another copy is kept; else put them back from a backup: archiver ledger verify"
        yield error(_ID, what, do, Exit.VERIFICATION)
    elif found.overdue:
        what = f"{found.unsigned:,} leaves of the ledger are not signed; it was signed last {when}."
        yield warning(_ID, what, f"Let the daemon run (archiver run), or: {_SIGN}")
    else:
        what = f"{found.size:,} leaves of the ledger are signed, {found.unsigned:,} wait for the next checkpoint."
        yield ok(_ID, what)


CHECKS = (ledger,)
