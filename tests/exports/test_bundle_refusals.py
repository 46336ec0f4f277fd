"""What does not add up is refused before a bundle is finished."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime

import pytest

from archiver.errors import UsageError, VerificationError
from exports.bundle import PAGE_SIZE, write_bundle
from exports.media_files import MediaFile
from tests.exports import bundle_samples as samples


@pytest.mark.parametrize(("declared", "came"), [(4, "more"), (6, "only 5"), (PAGE_SIZE + 6, "only 5"), (0, "more")])
def test_another_count_than_declared_is_an_error(declared: int, came: str) -> None:
    """A bundle that would hold more or fewer items than it declares is never finished."""
    items, media = samples.rich_items()

    with pytest.raises(VerificationError, match=f"declared to hold {declared} items, but {came} came"):
        samples.bundle(items, the_case=samples.case(declared), media=media)


def test_an_unfinished_bundle_does_not_open() -> None:
    """What is in the sink after an error has no directory, so no program takes it for a ZIP."""
    sink = io.BytesIO()

    with pytest.raises(VerificationError):
        write_bundle(sink, samples.case(9), items=samples.many(5), records=(), media=(), scratch=samples.scratch)

    assert not zipfile.is_zipfile(sink)


def test_a_promised_file_that_does_not_come_is_an_error() -> None:
    """Every file an item refers to is in the bundle."""
    items, media = samples.rich_items()

    with pytest.raises(VerificationError, match="1 files that items refer to did not come"):
        samples.bundle(items, media=media[:1])


def test_a_file_nobody_refers_to_is_an_error() -> None:
    """Nothing comes into a bundle unseen, and nothing twice."""
    items, media = samples.rich_items()

    for extra in (samples.media_file(b"stray"), media[0]):
        with pytest.raises(VerificationError, match="no item refers to it, or it came twice"):
            samples.bundle(items, media=[*media, extra])


def test_a_file_with_other_bytes_than_its_name_says_is_an_error() -> None:
    """Damage on the way from the store is found while the bundle is written."""
    items, media = samples.rich_items()
    flipped = b"".join(media[0].chunks).replace(b"IHDR", b"IHDS")
    damaged = MediaFile(name=media[0].name, size=media[0].size, chunks=(flipped,))
    short = replace(media[0], size=media[0].size + 1)

    for bad in (damaged, short):
        with pytest.raises(VerificationError, match="not those that were kept"):
            samples.bundle(items, media=[bad, media[1]])


def test_a_file_named_otherwise_is_refused() -> None:
    """The name of a file comes from its digest and nowhere else."""
    item = samples.item(1, media=(samples.medium(b"x", name="media/../../etc/passwd"),))

    with pytest.raises(VerificationError, match="not named after its content"):
        samples.bundle([item])


def test_an_item_without_a_version_is_an_error() -> None:
    """There is nothing to show of it, so something is wrong with the catalogue."""
    with pytest.raises(VerificationError, match="has no version"):
        samples.bundle([samples.item(1, versions=())])


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a b", "../x", "é"])
def test_a_request_id_that_cannot_name_a_directory_is_a_usage_error(bad: str) -> None:
    """The directory of a bundle is named after its request."""
    request = replace(samples.case(0).request, id=bad)

    with pytest.raises(UsageError, match="cannot be the name of a bundle"):
        samples.bundle([], the_case=samples.case(0, request=request))


def test_a_naive_time_never_reaches_a_bundle() -> None:
    """A time without a zone is refused, not guessed."""
    with pytest.raises(ValueError, match="without a zone"):
        samples.bundle([], the_case=samples.case(0, as_of=datetime(2026, 4, 1)))  # noqa: DTZ001


def test_scratch_files_are_closed_whatever_happens() -> None:
    """Every scratch file is closed after success and after an error."""
    opened: list[io.BytesIO] = []

    def scratch() -> io.BytesIO:
        opened.append(io.BytesIO())
        return opened[-1]

    write_bundle(io.BytesIO(), samples.case(0), items=(), records=(), media=(), scratch=scratch)
    with pytest.raises(VerificationError):
        write_bundle(io.BytesIO(), samples.case(1), items=(), records=(), media=(), scratch=scratch)

    assert opened
    assert all(file.closed for file in opened)
