"""What reading a kept exchange gave."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.model import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A page, or the reason why there is none; and what the reply's headers say that the next poll needs.

    `stranger`: the reply speaks for another account than the one pinned. `location` is where a redirect leads.
    """

    page: Page | None
    problem: str = ""
    etag: str = ""
    last_modified: str = ""
    media_type: str = ""
    location: str = ""
    stranger: bool = False
