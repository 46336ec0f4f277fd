"""What is damaged in one copy is restored from the other, record by record; what no copy proves is left as it is."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from archiver.checks.findings import Finding, Kind
from archiver.checks.segment_check import FIRST, SECOND
from archiver.errors import Locked
from archiver.storage.copying import only_copier
from archiver.storage.soundness import stored_sums
from tests.checks.two_copies import Flip, TwoCopies, random_flips, two_copies

FLIPS, AT_ONCE, SEED = 1000, 25, 20261122
Span = tuple[int, int]


@pytest.fixture
def both(copied: Path, tmp_path: Path) -> TwoCopies:
    """An archive of three busy months in two copies."""
    return two_copies(copied, tmp_path / "second")


def spans(both: TwoCopies) -> dict[str, list[Span]]:
    """Where the records of each sealed file lie, by its name in the stores."""
    with both.opened() as archive:
        db = archive.database.connection()
        rows = db.execute(
            "SELECT s.number, a.id || '/' || s.month || '/' || s.name AS name FROM segments s"
            " JOIN accounts a ON a.number = s.account WHERE s.state = 'sealed'"
        ).fetchall()
        return {row["name"]: [(o, n) for o, n, _, _ in list(stored_sums(db, row["number"]))] for row in rows}


def record_hit(records: dict[str, list[Span]], flip: Flip) -> int | None:
    """The offset of the record a flip is in; None for an index."""
    return next((o for o, n in records.get(flip.name, ()) if o <= flip.byte < o + n), None)


def names_it(finding: Finding, flip: Flip, hit: int | None) -> bool:
    """Whether a finding is of this flip: its copy, its file, and the record."""
    name = Path(flip.name).name.removesuffix(".index.json")
    kind = Kind.INDEX if hit is None else Kind.CHANGED
    return (finding.kind, finding.copy, finding.file, finding.offset) == (kind, flip.copy, name, hit)


def largest(both: TwoCopies) -> str:
    """The name of the largest sealed file."""
    return max(spans(both), key=lambda name: both.path(FIRST, name).stat().st_size)


def test_a_thousand_flipped_bits_are_found_and_restored(both: TwoCopies) -> None:
    """Each single bit, in either copy, is named by verify; repair gives back every byte, and keeps the damaged ones."""
    before, records = both.held(), spans(both)
    flips, found, mended = random_flips(before, SEED), 0, 0
    for _ in range(FLIPS // AT_ONCE):
        hits: dict[tuple[str, int | None], str] = {}
        chosen: list[Flip] = []
        while len(chosen) < AT_ONCE:
            flip = next(flips)
            # In which copy a record is damaged is up to chance, but not in both: nobody could restore that.
            if hits.setdefault((flip.name, record_hit(records, flip)), flip.copy) == flip.copy:
                chosen.append(flip)
        both.flip(chosen)
        findings = both.found()
        found += sum(any(names_it(one, flip, record_hit(records, flip)) for one in findings) for flip in chosen)
        done = both.repaired()
        mended += len(done.mended)
        assert (done.hopeless, done.troubles, both.held() == before) == ([], [], True)

    assert (found, len(both.acts()), both.found(deep=True)) == (FLIPS, mended, ())
    assert len(list((both.directory / "quarantine").iterdir())) > 0


def test_a_record_of_each_copy_gives_a_whole_file(both: TwoCopies) -> None:
    """Both copies are damaged, in different records: each record is taken from the copy that has it."""
    name, before = largest(both), both.held()
    (first, _), (second, _) = spans(both)[name][1], spans(both)[name][4]
    both.flip(
        [Flip(copy=FIRST, name=name, byte=first + 9, bit=3), Flip(copy=SECOND, name=name, byte=second + 9, bit=0)]
    )
    damaged = {(copy, both.path(copy, name).read_bytes()) for copy in (FIRST, SECOND)}
    done = both.repaired()

    assert [(one.copy, one.records, one.source) for one in done.mended] == [
        (FIRST, 1, "store and second_store"),
        (SECOND, 1, "store and second_store"),
    ]
    assert both.held() == before
    aside = {one.copy: both.directory / "quarantine" / one.quarantined for one in done.mended}
    assert {(copy, path.read_bytes()) for copy, path in aside.items()} == damaged


def test_what_no_copy_proves_is_left_as_it_is(both: TwoCopies) -> None:
    """The same record is damaged in both: it is named, and no byte of either copy is touched."""
    name = largest(both)
    (offset, length) = spans(both)[name][2]
    both.flip(
        [Flip(copy=FIRST, name=name, byte=offset, bit=1), Flip(copy=SECOND, name=name, byte=offset + length - 1, bit=1)]
    )
    damaged = both.held()
    done = both.repaired()

    assert ([(one.file, one.offsets) for one in done.hopeless], done.mended) == ([(name, (offset,))], [])
    assert (both.held() == damaged, both.acts()) == (True, [])


def test_a_changed_digest_in_the_catalogue_proves_nothing(both: TwoCopies) -> None:
    """Whoever changes a row of the catalogue does not get the files made to agree with it."""
    name, before = largest(both), both.held()
    with both.opened() as archive, archive.database.transaction() as db:
        db.execute("UPDATE segments SET sha256 = ? WHERE name = ?", ("0" * 64, Path(name).name))
    done = both.repaired()

    assert [(one.file, one.offsets) for one in done.hopeless] == [(name, ()), (f"{name}.index.json", ())]
    assert (done.mended, both.held() == before) == ([], True)


def test_looking_changes_nothing(both: TwoCopies) -> None:
    """Without being told to carry it out, a repair says what it would do and leaves everything."""
    name = largest(both)
    both.flip([Flip(copy=SECOND, name=name, byte=1, bit=1)])
    damaged = both.held()
    done = both.repaired(carry_out=False)

    assert [(one.file, one.copy, one.records) for one in done.mended] == [(name, SECOND, 1)]
    assert (both.held() == damaged, both.acts(), list((both.directory / "spool").glob(".*"))) == (True, [], [])


@pytest.mark.parametrize("copy", [FIRST, SECOND])
def test_a_missing_or_cut_file_comes_back(both: TwoCopies, copy: str) -> None:
    """A file that is gone, or ends early, is whole again; an index that is gone is made anew."""
    before, names = both.held(), sorted(spans(both))
    both.path(copy, names[0]).unlink()
    both.path(copy, f"{names[0]}.index.json").unlink()
    both.change(copy, names[1], before[copy, names[1]][:-7])
    kinds = {(one.kind, one.copy) for one in both.found()}
    done = both.repaired()

    assert kinds == {(Kind.MISSING, copy), (Kind.SHORT, copy)}
    assert (len(done.mended), both.held() == before, both.found()) == (3, True, ())


def test_a_file_that_was_never_copied_is_not_called_damaged(copied: Path, tmp_path: Path) -> None:
    """What waits for its second copy is neither a finding nor repaired; it is copied by the next round."""
    both = two_copies(copied, tmp_path / "second")
    name = largest(both)
    with both.opened() as archive, archive.database.transaction() as db:
        db.execute("DELETE FROM copies WHERE name = ?", (name,))
    both.path(SECOND, name).unlink()

    assert (both.found(), both.repaired().mended) == ((), [])
    (kept,) = both.kept()
    assert (kept.put, kept.waiting, both.found()) == (1, 0, ())


def test_a_damaged_file_is_not_copied(copied: Path, tmp_path: Path) -> None:
    """Damage does not spread: a file that is not what was sealed waits, and is told."""
    both = two_copies(copied, tmp_path / "second")
    name = largest(both)
    with both.opened() as archive, archive.database.transaction() as db:
        db.execute("DELETE FROM copies WHERE name = ?", (name,))
    both.path(SECOND, name).unlink()
    both.flip([Flip(copy=FIRST, name=name, byte=5, bit=5)])
    (kept,) = both.kept()

    assert (kept.put, kept.waiting) == (0, 1)
    assert kept.trouble == f"{name} is not what was sealed, and was not copied."
    assert not both.path(SECOND, name).exists()


def test_an_unplugged_second_store_is_said_to_be_unread(both: TwoCopies, tmp_path: Path) -> None:
    """Its disk is not mounted: verify does not call it sound, repair restores nothing from it, and says why."""
    both.second.rename(tmp_path / "unplugged")
    both.second.mkdir()
    (finding,) = both.found()
    done = both.repaired()

    assert (finding.kind, finding.copy, "is not a store of this archive" in finding.what) == (Kind.UNREAD, SECOND, True)
    assert (done.mended, len(done.troubles)) == ([], 1)
    (kept,) = both.kept()
    assert "is not a store of this archive" in kept.trouble


def test_two_repairs_at_once_are_refused(both: TwoCopies) -> None:
    """Whoever copies or repairs is alone; looking needs no lock."""
    with both.opened() as archive, only_copier(archive):
        with pytest.raises(Locked, match="repairs"):
            both.repaired()
        assert both.repaired(carry_out=False).mended == []


def test_second_copies_have_bytes_of_their_own(both: TwoCopies) -> None:
    """On one disk, too, a copy is no second name of the same bytes, which would be damaged together."""
    names = list(islice(spans(both), 5))

    assert [both.path(SECOND, name).samefile(both.path(FIRST, name)) for name in names] == [False] * len(names)
