"""The blog of the sample district."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One entry: `days` before the start of the demo, paragraphs of plain text, and perhaps a picture."""

    slug: str
    days: float
    title: str
    text: str
    author: str = "Communications Office"
    picture: int | None = None


ENTRIES = (
    Written(
        slug="welcome",
        days=730,
        title="Welcome to the district blog",
        text="Here we publish agendas, minutes, notices and news of the Tamarack Hollow School District (sample).",
    ),
    Written(
        slug="supply-lists",
        days=581,
        title="School supply lists",
        text="Osprey Bend: pencils, a box for them, two notebooks.\n\nFernwater: a binder, dividers, a calculator.",
    ),
    Written(
        slug="board-minutes-january",
        days=418,
        title="Minutes of the board, January",
        author="Board Secretary",
        text="Present: all five directors.\n\nPolicy 3241p on student conduct was adopted, four votes to one.",
    ),
    Written(
        slug="water-tests",
        days=401,
        title="Water tests at Fernwater & what we did",
        text="All 31 taps were tested. Two were above the action level (15 parts per billion) and are shut off.",
    ),
    Written(
        slug="science-fair",
        days=330,
        title="Science fair winners",
        picture=11,
        text="First place went to a study of moss on the north side of the bus barn.",
    ),
    Written(
        slug="district-3-vacancy",
        days=190,
        title="Vacancy on the board: District 3",
        author="Board Secretary",
        text="Letters of interest are due on the 30th. Applicants must live in director district 3 and be voters.",
    ),
    Written(
        slug="boundary-study",
        days=19,
        title="Boundary study: what is being looked at",
        picture=12,
        text="Three maps are in the packet.\n\nOption B moves 41 pupils from Osprey Bend to Alder Creek.",
    ),
    Written(
        slug="agenda-tuesday",
        days=3,
        title="Agenda for Tuesday",
        author="Board Secretary",
        text="Call to order. Public comment. Boundary study. Transportation report. Adjournment.",
    ),
)
"""Everything that is there when the demo begins, oldest first."""
