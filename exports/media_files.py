"""The files items carry: what was promised while the items passed, held against what is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archiver.errors import VerificationError
from archiver.model import DisclosedItem
from exports.media_names import media_name
from exports.zip_stream import Written

_MEANS = "The bundle was not finished and must not be handed over."


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file for the bundle: its name (`media_name`), size in bytes, and content in pieces."""

    name: str
    size: int
    chunks: Iterable[bytes]


class PromisedMedia:
    """The names items refer to and that were not written yet."""

    def __init__(self) -> None:
        self._open: set[bytes] = set()
        self.count = 0

    def promise(self, item: DisclosedItem) -> None:
        """Remember the files of an item. A name that is not that of the content's digest is refused."""
        for medium in item.media:
            if medium.name is None:
                continue
            if medium.name != media_name(medium.sha256 or "", medium.type):
                raise VerificationError(
                    f"A file of item {item.id} is not named after its content.",
                    means=_MEANS,
                    do="Report this as a fault of the program.",
                )
            self._open.add(medium.name.encode())

    def expect(self, files: Iterable[MediaFile]) -> Iterator[MediaFile]:
        """The files as they come; one that no item refers to, or that came already, is refused."""
        for file in files:
            name = file.name.encode()
            if name not in self._open:
                raise _mismatch(f"File {file.name} was given, but no item refers to it, or it came twice.")
            self._open.remove(name)
            self.count += 1
            yield file

    def finish(self) -> None:
        """Refuse a bundle that lacks a file an item refers to."""
        if self._open:
            example = min(self._open).decode()
            raise _mismatch(f"{len(self._open)} files that items refer to did not come, {example} among them.")


def check_content(file: MediaFile, written: Written) -> None:
    """Refuse content that has another size or digest than its name and entry say."""
    if written.size != file.size or not file.name.startswith(media_name(written.sha256, "").rpartition(".")[0]):
        raise VerificationError(
            f"The bytes of {file.name} are not those that were kept.",
            means=_MEANS,
            do="Run 'archiver verify' to find the damaged file.",
        )


def _mismatch(what: str) -> VerificationError:
    return VerificationError(
        what, means=_MEANS, do="Make the bundle again; if this comes again, run 'archiver verify'."
    )
