"""The ledger: an append-only Merkle tree over what was captured and done, its checkpoints and proofs."""
