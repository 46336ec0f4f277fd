"""One item as a requester reads it: text, files, what was observed, other versions, where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache

from archiver.model import DisclosedItem, DisclosedMedia, DisclosedObservation, DisclosedVersion
from exports.escape import anchor, isolated, language, link, shown, when
from exports.media_names import inline_element
from exports.rows import author_words
from exports.words import number_of, observed, size

_DEEPEST = 4
_NO_DESCRIPTION = "No description was given by the author."


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an item stands: its number in the bundle, how deep in its conversation, and its parent if that is here."""

    number: int
    depth: int = 0
    parent_href: str = ""
    parent_number: int = 0


def item_html(item: DisclosedItem, placed: Placed, zone: tzinfo) -> str:
    """The item as one `article`."""
    current = item.current
    number = placed.number
    media = "".join([_medium(medium) for medium in item.media]) if item.media else ""
    return (
        f'<article class="item d{min(placed.depth, _DEEPEST)}" id="{anchor(item.id)}" aria-labelledby="n{number}">\n'
        f'<h2 id="n{number}"><span class="number">{number:,}</span> {_headline(item)}</h2>\n'
        f"{_where(item, placed, zone)}{_content(current, language(item.language))}{media}"
        f"{_observations(item.observations, zone)}{_other_versions(item, current, zone)}{_facts(item, current, zone)}"
        "</article>\n"
    )


def _headline(item: DisclosedItem) -> str:
    author = author_words(item)
    by = f" by {isolated(author)}" if author else ", author not named by the platform"
    return f"{shown(item.kind.capitalize())}{by}"


def _where(item: DisclosedItem, placed: Placed, zone: tzinfo) -> str:
    parent = ""
    if placed.parent_href:
        parent = f'<br>\nIn reply to <a href="{placed.parent_href}">item {placed.parent_number:,}</a>'
    elif item.parent:
        parent = f"<br>\nIn reply to what the platform calls {isolated(item.parent)}"
    kept = _kept_with(item.handle, item.platform, item.unit, context=item.context)
    return f'<p class="where">{kept}<br>\n{_dated(item, zone)}{parent}</p>\n'


@lru_cache(128)  # a bundle is of few accounts
def _kept_with(handle: str, platform: str, unit: str, *, context: bool) -> str:
    kept = "Kept as context with the account" if context else "Account"
    of = f", {isolated(unit)}" if unit else ""
    return f"{kept} {isolated(handle)} on {isolated(platform)}{of}"


def _dated(item: DisclosedItem, zone: tzinfo) -> str:
    if item.created:
        return f"Dated {when(item.created, zone)}"
    return f"Dated {isolated(item.created_raw)}, as written" if item.created_raw else "The platform gave no date"


def _content(version: DisclosedVersion, lang: str) -> str:
    title = f'<p class="title" dir="auto" lang="{lang}">{shown(version.title)}</p>\n' if version.title else ""
    listed = _details(version) if version.details else ""
    if not version.text:
        return f'{title}{listed}<p class="none">(no text)</p>\n' if not version.title else title + listed
    return f'{title}{listed}<div class="text" dir="auto" lang="{lang}">{shown(version.text)}</div>\n'


def _details(version: DisclosedVersion) -> str:
    lines = "".join([f"<li>{isolated(name)}: {isolated(value)}</li>" for name, value in version.details])
    return f'<ul class="details">{lines}</ul>\n'


def _medium(medium: DisclosedMedia) -> str:
    if not medium.name:
        why = isolated(medium.missing) if medium.missing else "no reason was recorded"
        at = f" Its address was {link(medium.url)}." if medium.url else ""
        return f'<p class="missing"><strong>A file of this item is not in the bundle:</strong> {why}.{at}</p>\n'
    source = f"../{shown(medium.name)}"
    said = f"Description by the author: {isolated(medium.alt)}" if medium.alt else _NO_DESCRIPTION
    length = f", {size(medium.size)}" if medium.size is not None else ""
    file = f'<a href="{source}" download>{shown(medium.name.rpartition("/")[2])}</a>'
    caption = f"<figcaption>{said}<br>\nFile {file} ({isolated(medium.type or 'type not given')}{length})</figcaption>"
    return f"<figure>{_player(medium, source)}{caption}</figure>\n"


def _player(medium: DisclosedMedia, source: str) -> str:
    element = inline_element(medium.name or "")
    label = shown(medium.alt or _NO_DESCRIPTION)
    if element == "img":
        return f'<img src="{source}" alt="{label}" loading="lazy">\n'
    if element:
        return f'<{element} src="{source}" controls preload="metadata" aria-label="{label}"></{element}>\n'
    return ""


def _observations(observations: tuple[DisclosedObservation, ...], zone: tzinfo) -> str:
    if not observations:
        return ""
    lines = "".join([f"<li>{_observation(look, zone)}</li>\n" for look in observations])
    return f'<h3>What was observed</h3>\n<ul class="observed">\n{lines}</ul>\n'


def _observation(look: DisclosedObservation, zone: tzinfo) -> str:
    words = observed(look)
    span = f"at {when(look.last, zone)}"
    if look.first != look.last:
        span = f"from {when(look.first, zone)} to {when(look.last, zone)}"
    detail = f": {isolated(look.detail)}" if look.detail else ""
    return f"{words[0].upper()}{words[1:]}, {span}{detail}"


def _other_versions(item: DisclosedItem, current: DisclosedVersion, zone: tzinfo) -> str:
    if len(item.versions) == 1:
        return ""
    others = [version for version in item.versions if version is not current]
    lang = language(item.language)
    blocks = "".join([f"<li>{_version_line(version, zone)}\n{_content(version, lang)}</li>\n" for version in others])
    shown_above = f'<p class="note">The text above is version {current.number}, {_seen(current, zone)}.</p>\n'
    heading = number_of(len(others), "other version")
    return f'<h3>{heading}</h3>\n{shown_above}<ol class="versions">\n{blocks}</ol>\n'


def _version_line(version: DisclosedVersion, zone: tzinfo) -> str:
    return f'<p class="note"><strong>Version {version.number}</strong>, {_seen(version, zone)}</p>'


def _seen(version: DisclosedVersion, zone: tzinfo) -> str:
    told = "told by the platform's own edit history and " if version.historic else ""
    edited = f"; edited {when(version.edited, zone)}, as the platform says" if version.edited else ""
    return f"{told}first seen by the archive {when(version.first_seen, zone)}{edited}"


def _facts(item: DisclosedItem, current: DisclosedVersion, zone: tzinfo) -> str:
    captures = dict.fromkeys([version.capture_id for version in item.versions])
    first_seen = min([version.first_seen for version in item.versions])
    edited = _fact("Edited, as the platform says", when(current.edited, zone)) if current.edited else ""
    repaired = _fact("Repaired on reading", isolated(", ".join(item.flags))) if item.flags else ""
    return (
        '<dl class="facts">\n'
        f"<div><dt>Item</dt><dd>{isolated(item.id)}</dd></div>\n"
        f"<div><dt>Platform's id</dt><dd>{isolated(item.remote_id)}</dd></div>\n"
        f"<div><dt>Address</dt><dd>{link(item.link) if item.link else 'none given'}</dd></div>\n"
        f"<div><dt>Visibility</dt><dd>{shown(current.visibility)}, as the platform said</dd></div>\n"
        f"<div><dt>First seen by the archive</dt><dd>{when(first_seen, zone)}</dd></div>\n{edited}"
        f"<div><dt>Captures</dt><dd>{'<br>'.join([isolated(capture) for capture in captures])}</dd></div>\n"
        f"<div><dt>SHA-256 of this version</dt><dd><code>{shown(current.digest)}</code></dd></div>\n{repaired}</dl>\n"
    )


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}</dt><dd>{value}</dd></div>\n"
