"""The pages of a bundle around the items: rendered as streams from templates that escape everything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exports import words
from exports.conversations import page_name
from exports.escape import link_markup, when_markup

_ITEMS = "<!-- items -->"  # no text of anybody's can say this: what is put into a template is escaped


def render(template: str, **context: Any) -> Iterator[bytes]:
    """A page as chunks of UTF-8."""
    for chunk in _environment().get_template(template).generate(**context):
        yield chunk.encode("utf-8", "replace")


def around(template: str, **context: Any) -> tuple[bytes, bytes]:
    """A page as what comes before its items and what comes after them.

    Items are written by `exports.item_html`, not by the template: for a hundred thousand of them it is too slow.
    """
    page = b"".join(render(template, items=Markup(_ITEMS), **context))
    before, _, after = page.partition(_ITEMS.encode())
    return before, after


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("exports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _source(environment, "style.css")
    environment.globals.update(
        style=Markup(style),
        policy=_policy(style),
        when=when_markup,
        link=link_markup,
        page_name=page_name,
        words=words,
    )
    return environment


def _source(environment: Environment, name: str) -> str:
    loader = environment.loader
    return loader.get_source(environment, name)[0].strip() if loader else ""


def _policy(style: str) -> str:
    """Nothing is loaded but files beside the page, nothing runs, and only our own style applies.

    `file:` is named because browsers differ in whether 'self' reaches the files beside a page opened from a disk.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    files = "'self' file:"
    own = f"img-src {files}; media-src {files}; style-src 'sha256-{digest}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"
