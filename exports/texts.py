"""The plain-text files of a bundle: how to open and check it, what it counts, and where it ends."""

from __future__ import annotations

from textwrap import fill

from archiver.model import BundleCase
from exports.bag import bag_info
from exports.summary import Counts
from exports.words import both, number_of

END_NAME = "end-of-bundle.txt"


def readme(case: BundleCase, counts: Counts, *, stamps: tuple[str, ...] | None) -> bytes:
    """README.txt: for a person who has only this directory. `stamps`: names of the stamps; None without any proof."""
    title = f"Records for public records request {case.request.id}, {' '.join(case.agency.split())}"
    parts = [
        title,
        "=" * min(len(title), 79),
        "",
        "TO READ THE RECORDS",
        "Unpack the whole ZIP first. Then open data/index.html in any web browser.",
        "No other software and no network are needed.",
        "",
        "WHAT IS HERE",
        f"{number_of(counts.items, 'item')} in {number_of(counts.versions, 'version')}; "
        f"{number_of(counts.media, 'attached file')}; {number_of(counts.files, 'file')} below data/ in all.",
        f"Made {both(case.made_at, case.zone)}.",
        f"Shows the archive as of {both(case.as_of, case.zone)}.",
        "",
        *_FILES,
        "",
        "THE WEB ARCHIVE RECORDS",
        fill(_RECORDS + (f" {' '.join(case.records_note.split())}" if case.records_note.strip() else ""), 79),
        "",
        *_CHECK,
        "",
        *(_NO_PROOF if stamps is None else (*_PROVE, *_by_hand(stamps))),
        "",
        "QUESTIONS",
        f"Ask the records officer: {' '.join(case.records_officer.split())}.",
    ]
    return ("\r\n".join(line for part in parts for line in part.split("\n")) + "\r\n").encode("utf-8", "replace")


def info(case: BundleCase, counts: Counts, payload_bytes: int) -> bytes:
    """bag-info.txt: the bag's metadata, the counts among it (RFC 8493, section 2.2.2)."""
    return bag_info(
        (
            ("Source-Organization", case.agency),
            ("Contact-Name", case.records_officer),
            ("External-Identifier", case.request.id),
            ("External-Description", f"Records for public records request {case.request.id}"),
            ("Bagging-Date", f"{case.made_at.astimezone(case.zone):%Y-%m-%d}"),
            ("Bag-Software-Agent", case.software),
            ("Payload-Oxum", f"{payload_bytes}.{counts.files}"),
            ("Archive-As-Of", both(case.as_of, case.zone)),
            ("Item-Count", str(counts.items)),
            ("Version-Count", str(counts.versions)),
            ("Media-Count", str(counts.media)),
            ("Record-Count", str(counts.records)),
            ("File-Count", str(counts.files)),
        )
    )


def end(case: BundleCase, counts: Counts, so_far: tuple[str, int]) -> bytes:
    """The last file of the ZIP, which tells of every byte before it: a copy that was cut short does not have it."""
    digest, length = so_far
    said = (
        f"End of the bundle for request {case.request.id}: {number_of(counts.items, 'item')}, "
        f"{number_of(counts.versions, 'version')}, {number_of(counts.files, 'file')} below data/.\r\n"
        f"SHA-256 of the {length} bytes of the ZIP file before this file: {digest}\r\n"
    )
    return said.encode()


_FILES = (
    "data/index.html             start here",
    "data/pages/                 the items, to be read in a browser",
    "data/coverage.html          what was covered, what was not, and why",
    "data/items.csv              one line for each item, for a spreadsheet program",
    "data/items.jsonl            the same with all versions, texts unchanged (JSON Lines)",
    "data/bundle.json            this bundle in figures: request, counts, coverage, gaps",
    "data/records/               the exchanges with the platforms as received (WARC)",
    "data/media/                 pictures, sounds, films and other attached files",
    "",
    "In items.csv a text that a spreadsheet program could take for a formula has an",
    "apostrophe (') put before it. Spreadsheet programs may cut very long texts.",
    "items.jsonl has every text whole and unchanged.",
)
_RECORDS = (
    "data/records/records.warc.gz holds the exchanges with the platforms as they were received, in the WARC format "
    "(ISO 28500) that web archives use. Where an answer repeated a password or key of the agency, that is masked."
)
_CHECK = (
    "TO CHECK THAT NOTHING WAS CHANGED",
    "In the directory of this file:",
    "  Linux    sha256sum -c manifest-sha256.txt",
    "  macOS    shasum -a 256 -c manifest-sha256.txt",
    "  Windows  certutil -hashfile data\\items.csv SHA256",
    "           prints one file's SHA-256, to be compared with its line in",
    "           manifest-sha256.txt",
    "tagmanifest-sha256.txt does the same for the files beside this one. The whole",
    "is a BagIt bag (RFC 8493), which other programs can check too.",
    f"The last file of the ZIP is {END_NAME}. If it is missing, the copy is",
    "not complete.",
)
_PROVE = (
    "TO PROVE THAT THE ARCHIVE HAD THEM, AND WHEN",
    "  python3 verify_bundle.py BUNDLE.zip        (or this directory)",
    "It needs Python 3.11, the package cryptography, and no network. It checks",
    "every file, the agency's signature, and that each version of each item, each",
    "exchange and each attached file was in the agency's ledger when its checkpoint",
    "was signed, and stamped where an authority did so. Compare the key that it",
    "shows with the one the agency publishes; or name that one: --key KEY.",
    "Where a witness outside the agency signed the checkpoint, that is told with",
    "the time; compare its key with the one it tells, or name that: --witness KEY.",
    "A witness signs only what continues everything it signed before.",
    "",
    "What this shows: these bytes were in this archive before that time, and are",
    "unchanged since. It does not show that the platform or the author is genuine,",
    "beyond what TLS says of the named host.",
    "",
    "By hand, with sha256sum as above and openssl (3.0 or newer):",
    "  sed '/^$/,$d' bundle.note > said",
    "  sed -n 's/^[^ ]* archiver[^ ]* //p' bundle.note | head -n 1 |",
    "    base64 -d | tail -c 64 > signature",
    "  openssl pkeyutl -verify -pubin -inkey data/proof/key.pem -rawin \\",
    "    -in said -sigfile signature",
    "  sha256sum tagmanifest-sha256.txt    must be the SHA-256 in the file said",
)
_NO_PROOF = (
    "This bundle was made without proofs from the agency's ledger. Its files can be",
    "checked against each other, but not against anything outside.",
)


def _by_hand(stamps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        line
        for name in stamps
        for line in (
            "  openssl ts -verify -data data/proof/checkpoint \\",
            f"    -in data/proof/stamps/{name}.tsr \\",
            f"    -CAfile data/proof/stamps/{name}.pem",
        )
    )
