"""The public pages of the sample district's Mastodon accounts, for a person with a browser."""

from __future__ import annotations

from archiver.demo.district import District
from archiver.demo.entities import View
from archiver.demo.messages import Answer, Asked, html_page
from archiver.demo.statuses import Status


def answer(district: District, asked: Asked) -> Answer:
    """The page of `/@HANDLE` or `/@HANDLE/ID`, as anybody sees it."""
    view = View(district=district, base=asked.base, owner=False)
    name, _, status_id = asked.path.removeprefix("/@").partition("/")
    shown = [one for one in district.statuses() if one.told.by == name and status_id in ("", one.id) and view.sees(one)]
    if not shown:
        return html_page("Not found", "<h1>Page not found</h1>", 404)
    return html_page(f"@{name}", "\n".join(_article(view, one) for one in shown))


def _article(view: View, status: Status) -> str:
    said = view.status(status)
    shared = said["reblog"] or said
    return f'<article><p><a href="{said["url"]}">{said["created_at"]}</a></p>{shared["content"]}</article>'
