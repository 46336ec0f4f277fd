"""Where items stand in their conversation, known from one pass and remembered for one conversation at a time."""

from __future__ import annotations

from archiver.model import DisclosedItem
from exports.escape import anchor
from exports.item_html import Placed


class Conversations:
    """Places items as they come; they come conversation by conversation, a parent before its replies.

    Items in another order are placed too, only without the link to a parent that has not come in their run.
    """

    def __init__(self) -> None:
        self._thread: tuple[str, str] | None = None
        self._known: dict[str, tuple[Placed, int, str]] = {}

    def place(self, item: DisclosedItem, number: int, page: int) -> Placed:
        """The place of the item with this number on this page."""
        thread = (item.account_id, item.thread or item.parent or item.remote_id)
        if thread != self._thread:
            self._thread, self._known = thread, {}
        placed = self._below_parent(item, number, page)
        self._known.setdefault(item.remote_id, (placed, page, anchor(item.id)))
        return placed

    def _below_parent(self, item: DisclosedItem, number: int, page: int) -> Placed:
        known = self._known.get(item.parent) if item.parent else None
        if known is None:
            return Placed(number=number, depth=1 if item.parent else 0)
        parent, parent_page, parent_anchor = known
        file = "" if parent_page == page else page_name(parent_page)
        return Placed(
            number=number,
            depth=parent.depth + 1,
            parent_href=f"{file}#{parent_anchor}",
            parent_number=parent.number,
        )


def page_name(page: int) -> str:
    """The file of a page of items, below `data/pages/`."""
    return f"{page:04d}.html"
