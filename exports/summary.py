"""What a bundle counts, page by page and in all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from archiver.model import BundleCase, DisclosedAccount, DisclosedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a bundle declares: `media` are files attached to items, `files` all those below `data/`."""

    items: int
    versions: int
    media: int
    records: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSummary:
    """A finished bundle: its counts, SHA-256 (hex) and length of the ZIP, SHA-256 (hex) of its manifest."""

    items: int
    versions: int
    media: int
    records: int
    files: int
    sha256: str
    bytes: int
    manifest_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSummary:
    """One page of items, for the list of pages."""

    number: int
    first: int
    last: int
    earliest: datetime | None
    latest: datetime | None


@dataclass(slots=True)
class Tally:
    """Counts that grow while the items pass."""

    items: int = 0
    versions: int = 0
    by_account: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, DisclosedAccount] = field(default_factory=dict)
    pages: list[PageSummary] = field(default_factory=list)

    def count(self, item: DisclosedItem) -> None:
        """Count an item and its versions."""
        self.items += 1
        self.versions += len(item.versions)
        self.by_account[item.account_id] = self.by_account.get(item.account_id, 0) + 1
        if item.account_id not in self.accounts:
            self.accounts[item.account_id] = DisclosedAccount(
                id=item.account_id, platform=item.platform, handle=item.handle, unit=item.unit
            )

    def per_account(self, case: BundleCase) -> list[tuple[DisclosedAccount, int]]:
        """Every account within scope or among the items, with its count of items."""
        known = {account.id: account for account in case.accounts}
        every = self.accounts | known
        return [(every[name], self.by_account.get(name, 0)) for name in sorted(every)]
