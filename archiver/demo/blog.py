"""The sample district's blog: an Atom feed (RFC 4287) and a page for each entry."""

from __future__ import annotations

from html import escape

from archiver.demo.district import District
from archiver.demo.messages import HTML_TYPE, Answer, Asked, dated_answer, html_document, html_page, zulu
from archiver.demo.statuses import Entry

FEED_PATH = "/blog/feed.atom"
_ATOM_TYPE = "application/atom+xml; charset=utf-8"
_TITLE = "Tamarack Hollow School District (sample): news"


def answer(district: District, asked: Asked) -> Answer:
    """What the blog says to a request under /blog."""
    if asked.path == FEED_PATH:
        return dated_answer(_feed(district, asked.base), _ATOM_TYPE, district.blog_changed())
    if asked.path in ("/blog", "/blog/"):
        return html_page(escape(_TITLE), _index(district))
    entry = district.entry(asked.path.removeprefix("/blog/"))
    return _page(asked.base, entry) if entry else html_page("Not found", "<h1>Page not found</h1>", 404)


def _feed(district: District, base: str) -> bytes:
    entries = "".join(_feed_entry(base, entry) for entry in district.entries())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<title>{escape(_TITLE)}</title>\n"
        "<subtitle>Archiver demo: this district and everyone in it are made up.</subtitle>\n"
        f"<id>{_tag('blog')}</id>\n"
        f'<link rel="self" type="application/atom+xml" href="{base}{FEED_PATH}"/>\n'
        f'<link rel="alternate" type="text/html" href="{base}/blog/"/>\n'
        f"<updated>{zulu(district.blog_changed())}</updated>\n"
        "<generator>archiver-demo</generator>\n"
        f"{entries}</feed>\n"
    ).encode()


def _feed_entry(base: str, entry: Entry) -> str:
    written = entry.written
    return (
        "<entry>\n"
        f"<title>{escape(written.title)}</title>\n"
        f"<id>{_tag(written.slug)}</id>\n"
        f'<link rel="alternate" type="text/html" href="{base}/blog/{written.slug}"/>\n'
        f"<published>{zulu(entry.versions[0].at)}</published>\n"
        f"<updated>{zulu(entry.versions[-1].at)}</updated>\n"
        f"<author><name>{escape(written.author)}</name></author>\n"
        f'<content type="html">{escape(_body(base, entry))}</content>\n'
        "</entry>\n"
    )


def _page(base: str, entry: Entry) -> Answer:
    written, title = entry.written, escape(entry.written.title)
    first = f"<h1>{title}</h1>\n<p>{escape(written.author)}, {entry.versions[0].at.date().isoformat()}</p>\n"
    document = html_document(title, f"<article>{first}{_body(base, entry)}</article>")
    return dated_answer(document, HTML_TYPE, entry.versions[-1].at)


def _body(base: str, entry: Entry) -> str:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in entry.versions[-1].text.split("\n\n"))
    if entry.written.picture is None:
        return paragraphs
    return f'{paragraphs}<p><img src="{base}/media/{entry.written.picture}/original.png" alt="Photograph"></p>'


def _index(district: District) -> str:
    rows = (
        f'<li><a href="/blog/{entry.written.slug}">{escape(entry.written.title)}</a></li>'
        for entry in district.entries()
    )
    return f'<h1>{escape(_TITLE)}</h1><ul>{"".join(rows)}</ul><p><a href="{FEED_PATH}">Atom feed</a></p>'


def _tag(name: str) -> str:
    return f"tag:tamarack-hollow.example,2020:{name}"
