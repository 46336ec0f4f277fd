"""The places that sealed files go to: what a bucket shows it keeps, what waits, and what stands in the way."""

from __future__ import annotations

import os
from collections.abc import Iterator

from archiver.checks.seen import Patient, Seen, error, ok, warning
from archiver.errors import ArchiverError, Exit
from archiver.storage import lock_keeping
from archiver.storage.copying import Target, targets
from archiver.storage.keeping import standings
from archiver.storage.s3_proof import Promise, Proof

# In the order in which they matter: the first that is broken is told in full.
_BROKEN = {
    Promise.READ_BACK: "did not give back the bytes that were put into it",
    Promise.LOCK_KEPT: "said yes to a lock, and then let the locked file be removed, or its lock be shortened",
    Promise.LOCK_TOLD: "took a file with a lock, and then knew of no lock",
    Promise.OLD_BYTES: "lost the old bytes when a file was put again under the same name",
    Promise.VERSIONS: "keeps no versions: whoever puts a file under a name that is taken replaces what was there",
    Promise.HOLD: "said yes to a legal hold, and did not keep it",
    Promise.CHECKSUM: "took bytes that do not agree with the checksum sent with them",
    Promise.ONLY_NEW: "put a file over one that was there, although it was told to put it only where none was",
}
_NOT_OF_LOCKS = {Promise.CHECKSUM, Promise.ONLY_NEW}
_MAKE_IT = (
    "Make a bucket with Object Lock switched on, at a service that has it, and name that one (docs/storage.md)."
    " Until then its files count as copies, and not as locked."
)


def promises(patient: Patient) -> Iterator[Seen]:
    """Each bucket shows, with a small file of ours, that it keeps what it promises."""
    for target in targets(patient.archive):
        if target.options.kind == "s3":
            yield _asked(patient, target)


def copies(patient: Patient) -> Iterator[Seen]:
    """What waits to be copied, and since when nothing could be."""
    for place in standings(patient.archive):
        name, left = f"copies {place.role}", place.waiting
        if place.last is None and left:
            yield warning(name, f"{left} sealed files wait to be copied to [{place.role}].", "archiver store copy")
        elif place.trouble:
            what = f"{left} sealed files wait for [{place.role}]. {place.trouble}"
            yield error(name, what, "Put it right; then: archiver store copy", Exit.DISK)
        else:
            yield ok(name, f"[{place.role}] has every sealed file" + (f" but {left} new ones." if left else "."))


def apart(patient: Patient) -> Iterator[Seen]:
    """A second copy on the disk of the first is lost together with it."""
    second = patient.config.second_store
    if second.kind != "disk" or second.directory is None or not second.directory.is_dir():
        return
    first = patient.archive.places.folder(patient.archive.directory)
    if os.stat(first).st_dev == os.stat(second.directory).st_dev:  # noqa: PTH116  (device numbers of both)
        what = f"The second copies in {second.directory} are on the same disk as the first."
        yield warning("copies apart", what, "Name a folder on another disk, or a bucket.")


def _asked(patient: Patient, target: Target) -> Seen:
    name = f"bucket {target.role}"
    try:
        return _told(name, target, lock_keeping.proved(patient.archive, target, patient.clock.now()))
    except ArchiverError as problem:
        return error(name, problem.what, problem.do or "Try again later.", problem.exit)


def _told(name: str, target: Target, proof: Proof) -> Seen:
    bucket = target.options.bucket
    broken = [promise for promise in _BROKEN if promise in proof.broken]
    if not broken:
        lock = f"locks ({target.options.lock}) and holds" if proof.locked else "versions; no lock is asked for"
        return ok(name, f"The bucket {bucket} showed that it keeps {lock}.")
    what = f"The bucket {bucket} {'; it '.join(_BROKEN[promise] for promise in broken)}."
    if set(broken) <= _NOT_OF_LOCKS:
        return warning(name, what, "Every file is read back and compared all the same. Ask whoever runs the service.")
    if proof.asked_to_lock or Promise.READ_BACK in broken:
        return error(name, what, _MAKE_IT, Exit.DISK)
    return warning(name, what, "Switch versions on, so that nothing in it can be replaced.")


OFFLINE = (copies, apart)
ONLINE = (promises,)
