"""What proofs are made with, as the configuration says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archiver.cli.session import Session

if TYPE_CHECKING:
    from archiver.acts.proving import Prover


def prover(session: Session) -> Prover:
    """The ledger's key, and the certificates by which the stamps of each authority are verified."""
    from archiver.acts.proving import Prover
    from archiver.storage.ledger.custody import place_of

    said = session.config.ledger
    return Prover(
        place=place_of(session.archive, said.key, os.environ),
        authorities={one.name: one.certificates for one in said.authorities},
    )
