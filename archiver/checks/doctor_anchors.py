"""Whether anything outside shows that the ledger was not rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from archiver.anchoring.standing import names, standing
from archiver.checks.seen import Patient, Seen, error, ok, warning
from archiver.errors import ArchiverError, Exit, VerificationError
from archiver.storage import anchors
from archiver.storage.anchors import AnchorGap
from archiver.storage.ledger import signed_note

LATE = timedelta(hours=24)
_SEE = "archiver ledger anchors"


def anchored(patient: Patient) -> Iterator[Seen]:
    """Each place the configuration names takes checkpoints, and none remembers another ledger."""
    config, db = patient.config.ledger, patient.archive.database.connection()
    gaps = standing(db, config)
    yield from (_gap(patient, gap) for gap in gaps)
    named = tuple(names(config))
    if not named:
        what = "Nothing outside shows when records were here: no authority, witness or mailbox is configured."
        yield warning("anchors", what, "Configure some: docs/anchoring.md")
    elif not gaps:
        last = anchors.last_anchored(db)
        said = ", ".join(
            f"{name} {last[kind, name].size:,}" if (kind, name) in last else f"{name} none yet" for kind, name in named
        )
        yield ok("anchors", f"The newest checkpoint that each place outside took: {said}.")


def settings(patient: Patient) -> Iterator[Seen]:
    """The certificates and keys that the configuration names can be read."""
    from archiver.anchoring.time_stamp import certificates  # imported here: only who has an authority pays for it

    config = patient.config.ledger
    for authority in config.authorities:
        try:
            certificates(authority.certificates)
        except ArchiverError as problem:
            yield error(f"authority {authority.name}", problem.what, problem.do, Exit.CONFIG)
    for witness in config.witnesses:
        try:
            signed_note.parse_key(witness.key)
        except VerificationError as problem:
            yield error(f"witness {witness.name}", problem.what, "archiver witness show, on its host", Exit.CONFIG)


def _gap(patient: Patient, gap: AnchorGap) -> Seen:
    what = f"{gap.kind} {gap.name} takes no checkpoint since {gap.since:%Y-%m-%d %H:%M} UTC ({gap.cause}): {gap.detail}"
    if gap.alarm:
        return error("anchors", f"INTEGRITY ALARM. {what}", "Repair nothing; see docs/anchoring.md", Exit.VERIFICATION)
    if patient.clock.now() - gap.since > LATE:
        return error("anchors", what, _SEE, Exit.GAPS)
    return warning("anchors", what, f"It is tried again by itself. {_SEE}")


CHECKS = (anchored, settings)
