"""Small sites with a feed in two pages, which can be told to stop in the middle of the second; and what they hold."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.exact_server import ExactServer, Step, path_of

ITEMS = 3  # of a page
_PATIENCE = 120.0


class Sites:
    """Any number of feeds on one server: `/NAME`, and behind it `/NAME/older`.

    While `holds`, the second half of an older page is sent only when `goes_on` is set; `stands` is set before.
    """

    def __init__(self) -> None:
        self.server = ExactServer(self._answer)
        self.holds = False
        self.stands = threading.Event()
        self.goes_on = threading.Event()
        self._newest: list[str] = []

    def url(self, name: str = "blog") -> str:
        """The address of a feed."""
        return f"{self.server.url}/{name}"

    def add(self, item: str) -> None:
        """Every feed has something new."""
        self._newest.append(item)

    def truth(self, *names: str) -> set[str]:
        """The ids of everything that these feeds show."""
        kept = [*self._newest, *map(str, range(2 * ITEMS))]
        return {f"{name}-{item}" for name in names or ("blog",) for item in kept}

    def _answer(self, request: bytes) -> Iterable[Step]:
        path = path_of(request)
        whole = self._page(path)
        return self._in_halves(whole) if self.holds and path.endswith("/older") else [whole]

    def _in_halves(self, whole: bytes) -> Iterator[Step]:
        yield whole[: len(whole) // 2]
        self.stands.set()
        self.goes_on.wait(_PATIENCE)
        yield whole[len(whole) // 2 :]

    def _page(self, path: str) -> bytes:
        name, _, older = path.strip("/").partition("/")
        shown = list(map(str, range(ITEMS, 2 * ITEMS) if older else range(ITEMS)))
        items = "".join(
            f"<item><guid isPermaLink='false'>{name}-{item}</guid><title>Notice {item}</title>"
            f"<pubDate>Mon, 05 Jan 2026 {20 - int(item) if item.isdigit() else 21:02d}:00:00 GMT</pubDate></item>"
            for item in (shown if older else [*self._newest, *shown])
        )
        link = "" if older else f"<link xmlns='http://www.w3.org/2005/Atom' rel='next' href='/{name}/older'/>"
        body = f"<rss version='2.0'><channel><title>{name}</title>{link}{items}</channel></rss>".encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head + body


@contextmanager
def sites() -> Iterator[Sites]:
    """The server, running."""
    made = Sites()
    with made.server:
        try:
            yield made
        finally:
            made.goes_on.set()
