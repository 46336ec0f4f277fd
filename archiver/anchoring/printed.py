"""A checkpoint on paper: to be kept by someone who runs no computers, and to be read out over the telephone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from archiver.storage.ledger import checkpoints, signed_note
from archiver.storage.ledger.checkpoints import Checkpoint

_DIGITS = 4  # in a group
_WORDS = "zero one two three four five six seven eight nine alfa bravo charlie delta echo foxtrot"
_SPOKEN = dict(zip("0123456789abcdef", _WORDS.split(), strict=True))
WHAT_IT_IS = (
    "The ledger of this archive holds a fingerprint of every record kept and of every decision made. The line of digits"
    " below is the fingerprint of the whole ledger when it had the number of entries named. Whoever changed or took out"
    " anything older afterwards could not make an archive with the same digits again."
)
WHAT_TO_DO = (
    "Keep this where those who run the archive's computers cannot change it: in the minutes of the board, in a file of"
    " the records officer, with another agency.",
    "When the archive is to be shown unchanged: let it say its digits for this number of entries, and compare each"
    " group. Over the telephone, one side reads a group's number and its words, the other side compares.",
    "The text of the checkpoint, typed or scanned into a file without any change, is what archiver verify --against"
    " takes.",
    "If one digit differs, change nothing. Tell the records officer and counsel, and keep this page.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Four hexadecimal digits of the root, with their number and how they are spoken."""

    number: int
    digits: str
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on the page. `note` is the checkpoint to the letter, `printed` a time as text."""

    agency: str
    printed: str
    note: str

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint it shows."""
        return checkpoints.parse_body(signed_note.parse(self.note.encode()).text)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The root in groups."""
        digits = self.checkpoint.root.hex()
        return tuple(
            Group(
                number=at // _DIGITS + 1,
                digits=digits[at : at + _DIGITS],
                spoken=" ".join(_SPOKEN[digit] for digit in digits[at : at + _DIGITS]),
            )
            for at in range(0, len(digits), _DIGITS)
        )


def as_text(sheet: Sheet) -> str:
    """The page as plain text of at most 100 columns."""
    return "\n".join(_lines(sheet)) + "\n"


def as_html(sheet: Sheet) -> str:
    """The page as HTML of its own, to be printed from any browser; nothing in it is loaded from elsewhere."""
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(sheet=sheet, what_it_is=WHAT_IT_IS, what_to_do=WHAT_TO_DO)


def _lines(sheet: Sheet) -> Iterator[str]:
    found = sheet.checkpoint
    yield "CHECKPOINT OF A PUBLIC RECORDS ARCHIVE"
    yield ""
    yield f"Agency    {sheet.agency or 'not named'}"
    yield f"Ledger    {found.origin}"
    yield f"Entries   {found.size:,}"
    yield f"Printed   {sheet.printed}"
    yield ""
    yield from _folded(WHAT_IT_IS)
    yield ""
    for group in sheet.groups:
        yield f"{group.number:6}   {group.digits}   {group.spoken}"
    yield ""
    for number, step in enumerate(WHAT_TO_DO, 1):
        yield from _folded(f"{number}. {step}")
    yield ""
    yield "Seen by ______________________________   on ____________________"
    yield ""
    yield "The checkpoint to the letter:"
    yield ""
    yield sheet.note.rstrip("\n")


def _folded(text: str, width: int = 96) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
