"""What proofs are made with, as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archiver.cli.ledger_checkpoint import place
from archiver.cli.session import Session

if TYPE_CHECKING:
    from archiver.acts.proving import Prover


def prover(session: Session) -> Prover:
    """The ledger's key, the certificates by which stamps are verified, and the keys by which cosignatures are."""
    from archiver.acts.proving import Prover
    from archiver.storage.ledger.signed_note import parse_key

    authorities = {one.name: one.certificates for one in session.config.ledger.authorities}
    witnesses = tuple(parse_key(one.key) for one in session.config.ledger.witnesses)
    return Prover(place=place(session), authorities=authorities, witnesses=witnesses)
