"""`archiver bundle verify`: whether a bundle is whole."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.session import Session, pass_session
from archiver.model.text import some


@click.group()
def bundle() -> None:
    """Disclosure bundles that were made."""


@bundle.command()
@click.argument("file", type=click.Path(path_type=Path))
@pass_session
def verify(session: Session, *, file: Path) -> None:
    """Read a bundle from end to end: manifests, counts, digests of the WARC records. Exit code 10 where one is off.

    It needs no archive, and no configuration.
    """
    from archiver.acts.bundle_check import check_bundle

    checked = check_bundle(file)
    answer = {
        "file": str(file),
        "request": checked.request,
        "items": checked.items,
        "records": checked.records,
        "files": checked.files,
        "manifest_sha256": checked.manifest_sha256,
    }
    lines = [
        f"{file.name} is whole: {some(checked.items, 'item')}, {some(checked.records, 'record')}, "
        f"{some(checked.files, 'file')}, for request {checked.request}.",
        f"SHA-256 of its manifest: {checked.manifest_sha256}",
    ]
    session.show(answer, lines)
