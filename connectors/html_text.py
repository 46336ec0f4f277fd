"""HTML as plain text for reading and search; nothing is fetched, and no input makes it fail or lose text."""

from __future__ import annotations

import html
import re

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree

from archiver.model import storable

_PARAGRAPHS = re.compile(r"(?:<p>[^<>&\x00]*</p>)+")
_TAG = re.compile(r"<[^<>]*>")
_NOT_TEXT = re.compile("[\ud800-\udfff\x00]")
_TRAILING = re.compile(r"[ \t]+\n")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain(markup: str) -> str:
    """The text of an HTML fragment: blocks on lines of their own, images by their alternative text."""
    markup = storable(markup)[0]
    if _PARAGRAPHS.fullmatch(markup):  # as most posts are: laid out as below, without a parser
        return "\n\n".join([" ".join(text.split()) for text in markup[3:-4].split("</p><p>") if text.split()])
    return _tidy(_laid_out(markup)) if "<" in markup or "&" in markup else markup.strip()


def _laid_out(markup: str) -> str:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(markup.encode(), parser)
    except (etree.XMLSyntaxError, etree.ParserError):
        return _stripped(markup)
    if tree is None or any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        return _stripped(markup)  # nested deeper than libxml2 goes: the rest of the text is missing from the tree
    return _rendered(tree, markup)


def _rendered(tree: etree._Element, markup: str) -> str:
    # The other profile sets spaces around every span: `# Word`, `@ name`, `https:// host /path`.
    config = ParserConfig(css=dict(CSS_PROFILES["strict"]), display_images=True)
    config.attribute_handler.attribute_mapping = {}  # a style attribute may ask for a megabyte of indentation
    try:
        return str(Inscriptis(tree, config).get_text())
    except (ValueError, LookupError, TypeError, RecursionError):
        return _stripped(markup)


def _stripped(markup: str) -> str:
    return html.unescape(_TAG.sub(" ", markup))


def _tidy(text: str) -> str:
    text = _NOT_TEXT.sub("�", text)
    return _BLANK_LINES.sub("\n\n", _TRAILING.sub("\n", text)).strip()
