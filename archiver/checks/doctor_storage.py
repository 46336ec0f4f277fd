"""The archive: its catalogue, its store, what lies about in it, and when it was last verified."""

from __future__ import annotations

from collections.abc import Iterator

from archiver.checks.seen import Patient, Seen, error, ok, warning
from archiver.checks.status import VERIFY_EVERY
from archiver.checks.warc_files import SUFFIX
from archiver.errors import ArchiverError, Exit
from archiver.model.text import some
from archiver.storage import replacing, segments_table, soundness
from archiver.storage.copies import copies_in

# SQLite before this can lose committed pages where two processes reset a write-ahead log at the same time.
NEEDED_SQLITE = (3, 51, 3)


def catalogue(patient: Patient) -> Iterator[Seen]:
    """It can be read throughout."""
    try:
        problems = soundness.structure_problems(patient.archive.database.connection(), deep=False)
    except soundness.DatabaseError as fault:
        problems = (str(fault),)
    if problems:
        fix = "archiver verify, then archiver rebuild"
        yield error("catalogue", f"The catalogue is damaged: {problems[0]}.", fix, Exit.VERIFICATION)
    else:
        yield ok("catalogue", "The catalogue is sound.")


def sqlite(patient: Patient) -> Iterator[Seen]:
    """The version of SQLite, and what the archive needs of it."""
    version, lacks = soundness.sqlite_version(), soundness.lacking_features(patient.archive.database.connection())
    said = ".".join(str(part) for part in version)
    fix = "Install the locked packages again: pip install --require-hashes -r requirements.lock"
    if lacks:
        yield error("sqlite", f"SQLite {said} lacks {', '.join(lacks)}.", fix, Exit.FAULT)
    elif version < NEEDED_SQLITE:
        what = f"SQLite {said} has a fault in resetting its log that {'.'.join(map(str, NEEDED_SQLITE))} mends."
        yield warning("sqlite", what, fix)
    else:
        yield ok("sqlite", f"SQLite {said} has what the archive needs.")


def store(patient: Patient) -> Iterator[Seen]:
    """Sealed files are where rows say. (That there is a store at all was seen when the archive was opened.)"""
    archive = patient.archive
    rows = segments_table.segments(archive.database.connection())
    sealed = sum(row.state == segments_table.SEALED for row in rows)
    try:
        there = sum(name.endswith(SUFFIX) for name in _stored(patient))
    except ArchiverError as problem:
        yield error("store", problem.what, problem.do or "Try again later.", problem.exit)
        return
    if sealed > there:
        what = f"{sealed - there} of {sealed} sealed files are not in the store."
        yield error("store", what, "Mount its disk, or restore them; then: archiver verify", Exit.VERIFICATION)
    else:
        yield ok("store", f"The store has {there} sealed files.")
    if damaged := [row.name for row in rows if row.state == segments_table.DAMAGED]:
        what = f"{len(damaged)} growing files lost bytes that were kept: {', '.join(damaged[:3])}."
        yield error("store", what, "Restore them from a backup; then: archiver verify", Exit.VERIFICATION)


def _stored(patient: Patient) -> set[str]:
    """The names that the store has; what a bucket was seen to have, where nobody outside is asked."""
    archive = patient.archive
    if archive.places.first.kind == "s3" and patient.offline:
        noted = copies_in(archive.database.connection(), archive.places.first.place)
        return {*archive.sealed_here.names(), *noted}
    return set(archive.store.names())


def leftovers(patient: Patient) -> Iterator[Seen]:
    """Files in the spool that nobody needs, and an unfinished rebuild."""
    archive = patient.archive
    rows = segments_table.segments(archive.database.connection(), segments_table.OPEN)
    known = {row.name for row in rows}
    found = [] if archive.is_captured() else [p.name for p in archive.spool.iterdir() if p.name not in known]
    if (archive.directory / replacing.ASIDE).exists():
        found.append(replacing.ASIDE)
    if found:
        what = f"{len(found)} leftovers of something interrupted: {', '.join(sorted(found)[:3])}."
        yield warning(
            "leftovers", what, "The next poll takes in what counts; an unfinished rebuild goes with the next."
        )
    else:
        yield ok("leftovers", "Nothing was left behind by anything interrupted.")


def quarantine(patient: Patient) -> Iterator[Seen]:
    """What was moved away because it could not be read."""
    held = sorted(path for path in patient.archive.quarantine.iterdir() if path.is_file())
    if held:
        size = sum(path.stat().st_size for path in held)
        what = f"In quarantine: {some(len(held), 'file')} ({some(size, 'byte')}), the newest {held[-1].name}."
        yield warning("quarantine", what, "Look why in docs/evidence.md; after a crash it is what was asked for again.")
    else:
        yield ok("quarantine", "Nothing is in quarantine.")


def verified(patient: Patient) -> Iterator[Seen]:
    """When every kept byte was last compared with its row."""
    last = soundness.last_check(patient.archive.database.connection(), "verify")
    if last is None:
        yield warning("verified", "The archive was never verified.", "archiver verify")
    elif last.result["findings"]:
        what = f"The last verification ({last.at:%Y-%m-%d}) found {last.result['findings']} things wrong."
        yield error("verified", what, "archiver verify", Exit.VERIFICATION)
    elif (age := patient.clock.now() - last.at) > VERIFY_EVERY:
        yield warning("verified", f"The archive was last verified {some(age.days, 'day')} ago.", "archiver verify")
    else:
        yield ok("verified", f"The archive was verified on {last.at:%Y-%m-%d}: no findings.")


CHECKS = (catalogue, sqlite, store, leftovers, quarantine, verified)
