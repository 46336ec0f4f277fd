"""What reading a kept exchange gave."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.model import Means, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A page, or the reason why there is none; and what the reply's headers say that the next poll needs.

    `stranger`: the reply speaks for another account than the one pinned. `location` is where a redirect leads.
    `means` is what the platform means by a reply that holds nothing, where its status does not say it; `detail` is how
    it says so.
    """

    page: Page | None
    problem: str = ""
    etag: str = ""
    last_modified: str = ""
    media_type: str = ""
    location: str = ""
    stranger: bool = False
    means: Means | None = None
    detail: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing of the reply was left unread."""
        return not self.problem and not (self.page and self.page.unread)
