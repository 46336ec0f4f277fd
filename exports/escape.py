"""The only way from archived text into a page: escaped, direction isolated, linked only to http and https."""

from __future__ import annotations

import html
import re
from datetime import datetime, tzinfo
from functools import lru_cache

from markupsafe import Markup

from exports.words import local, stamp

_NOT_CARRIED = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_UNPRINTABLE = re.compile(f"[{_NOT_CARRIED}]")
_NOT_AS_IT_IS = re.compile(f"[{_NOT_CARRIED}&<>\"']")
_NOT_AS_IT_IS_IN_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f&<>\"']")  # twice as fast
_LINK = re.compile(r"https?://[^\s/?#\\\x00-\x20][^\s\\\x00-\x20]*", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_NOT_IN_ANCHOR = re.compile(r"[^A-Za-z0-9.:-]")


def shown(text: str) -> str:
    """Text for an element or a quoted attribute; what no page can carry becomes U+FFFD."""
    if not (_NOT_AS_IT_IS_IN_ASCII if text.isascii() else _NOT_AS_IT_IS).search(text):
        return text  # as most texts are: one look instead of six
    return html.escape(_UNPRINTABLE.sub("�", text))


def isolated(text: str) -> str:
    """Text within a line whose own direction cannot turn around what stands next to it."""
    return f'<bdi dir="auto">{shown(text)}</bdi>'


def link(address: str) -> str:
    """An address: a link where it is http or https, else only its text."""
    if not _LINK.fullmatch(address):
        return f'<span class="address">{isolated(address)}</span>'
    said = shown(address)
    return f'<a class="address" rel="noopener noreferrer nofollow" href="{said}"><bdi dir="auto">{said}</bdi></a>'


def anchor(item_id: str) -> str:
    """The id of an item's element, different for different items, safe in a URL fragment."""
    return "item-" + _NOT_IN_ANCHOR.sub(lambda found: f"_{ord(found.group()):x}_", item_id)


def language(tag: str) -> str:
    """A language tag where it has the form of one, else the empty tag, which means: not known."""
    return tag if _LANGUAGE.fullmatch(tag) else ""


@lru_cache(512)  # an item's times come several times over
def when(moment: datetime, zone: tzinfo) -> str:
    """A time in the agency's zone and in UTC, marked up."""
    said = stamp(moment)
    here = f'<time datetime="{said}">{shown(local(moment, zone))}</time>'
    return f'{here} <span class="utc">({said[:10]} {said[11:19]} UTC)</span>'


def when_markup(moment: datetime, zone: tzinfo) -> Markup:
    """`when`, for templates."""
    return Markup(when(moment, zone))


def link_markup(address: str) -> Markup:
    """`link`, for templates."""
    return Markup(link(address))
