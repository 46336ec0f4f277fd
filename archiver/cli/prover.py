"""What proofs are made with, as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archiver.cli.ledger_checkpoint import place
from archiver.cli.session import Session

if TYPE_CHECKING:
    from archiver.acts.proving import Prover


def prover(session: Session) -> Prover:
    """The ledger's key, and the certificates by which the stamps of each authority are verified."""
    from archiver.acts.proving import Prover

    authorities = {one.name: one.certificates for one in session.config.ledger.authorities}
    return Prover(place=place(session), authorities=authorities)
