"""What reading a kept exchange gave."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.model import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What reading an exchange gave: a page, or the reason why there is none."""

    page: Page | None
    problem: str = ""
    etag: str = ""
    last_modified: str = ""
    media_type: str = ""
