"""What a bundle brings so that a stranger can check it: entries of the ledger, the way to a signed root, stamps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

FOLDER = "proof"
PROGRAM, NOTE = "verify_bundle.py", "bundle.note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time-stamp authority's raw answer (RFC 3161) and the certificates it is trusted by (PEM)."""

    answer: bytes
    certificates: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`checkpoint` is a signed note; `keys` the public keys of the ledger, one to a line; `pem` the one that signs now.

    `leaves` are lines of JSON (index, salt, entry) in the order of the index; `nodes` are lines `LEVEL INDEX HASH` of
    the tree; together they lead to the root in the checkpoint. `program` is the verifier. `sign` makes a signed note.
    `cosignatures` are lines of witnesses that go below the checkpoint, `witnesses` their keys, one to a line.
    """

    origin: str
    checkpoint: bytes
    keys: bytes
    pem: bytes
    leaves: Iterable[bytes]
    nodes: Iterable[bytes]
    program: bytes
    sign: Callable[[str], bytes]
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    cosignatures: bytes = b""
    witnesses: bytes = b""

    def files(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """The payload files, below `data/`; gone through once, in this order."""
        yield f"{FOLDER}/checkpoint", (self.checkpoint,)
        yield f"{FOLDER}/keys.txt", (self.keys,)
        yield f"{FOLDER}/key.pem", (self.pem,)
        yield f"{FOLDER}/leaves.jsonl", self.leaves
        yield f"{FOLDER}/nodes.txt", self.nodes
        for name, stamp in sorted(self.stamps.items()):
            yield f"{FOLDER}/stamps/{name}.tsr", (stamp.answer,)
            yield f"{FOLDER}/stamps/{name}.pem", (stamp.certificates,)
        if self.cosignatures:
            yield f"{FOLDER}/witnesses.txt", (self.cosignatures,)
            yield f"{FOLDER}/witness-keys.txt", (self.witnesses,)

    def note(self, request_id: str, tag_manifest: str, digest: str) -> bytes:
        """The agency's signature on the digests of every file: a signed note (C2SP)."""
        return self.sign(f"{self.origin}\nbundle {request_id}\n{tag_manifest} {digest}\n")
