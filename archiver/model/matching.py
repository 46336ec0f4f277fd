"""Whether a selector means an item, and what its words mean: the search syntax of the archive.

Words separated by spaces must all occur, in any field and order. A "quoted phrase" must occur as it stands within one
field. A trailing * asks for what begins so (`snow*`, `"school clos"*`). Case and accents are ignored; everything that
is not a letter or a digit separates words, so that `o'neill` is the phrase "o neill".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archiver.model.retention import ItemFacts
from archiver.model.selector import Selector

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
_TERM = re.compile(r'"(?P<phrase>[^"]*)"(?P<star>\*?)|(?P<word>[^\s"]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words that must stand next to each other; with `prefix` the last one need only begin so."""

    words: tuple[str, ...]
    prefix: bool = False


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: without case and accents, in order."""
    return tuple(_WORD.findall(_folded(text)))


def terms_of(search: str) -> tuple[Term, ...]:
    """What a search phrase asks for. Raises ValueError where a quotation is open or no letter or digit is in it."""
    if search.count('"') % 2:
        raise ValueError("a quotation mark is not closed")
    terms = tuple(term for found in _TERM.finditer(search) if (term := _term(found)).words)
    if not terms:
        raise ValueError("there is no letter or digit to look for")
    return terms


def occurs(terms: Iterable[Term], texts: Iterable[str]) -> bool:
    """Whether every term occurs in some of the texts."""
    fields = [words_of(text) for text in texts]
    return all(any(_stands_in(term, field) for field in fields) for term in terms)


def selects(selector: Selector, facts: ItemFacts) -> bool:
    """Whether the item meets every condition given. Raises ValueError where the selector's words cannot be searched.

    An item without a readable date is not ruled out by dates: a hold must not miss it.
    """
    return (
        (not selector.accounts or facts.account_id in selector.accounts)
        and (not selector.kinds or facts.kind in selector.kinds)
        and (not selector.authors or bool({facts.author_id, facts.author_handle} & set(selector.authors)))
        and (not selector.threads or bool({facts.thread, facts.remote_id} & set(selector.threads)))
        and _within(facts.created, selector)
        and (selector.captured_until is None or facts.first_seen <= selector.captured_until)
        and (not selector.words or occurs(terms_of(selector.words), facts.texts))
    )


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", text.casefold()))
    return unicodedata.normalize("NFC", bare)


def _term(found: re.Match[str]) -> Term:
    if (word := found["word"]) is not None:
        return Term(words=words_of(word), prefix=word.endswith("*"))
    return Term(words=words_of(found["phrase"]), prefix=bool(found["star"]))


def _stands_in(term: Term, field: tuple[str, ...]) -> bool:
    size = len(term.words)
    return any(_begins(term, field[start : start + size]) for start in range(len(field) - size + 1))


def _begins(term: Term, here: tuple[str, ...]) -> bool:
    whole, last = term.words[:-1], term.words[-1]
    return here[:-1] == whole and (here[-1].startswith(last) if term.prefix else here[-1] == last)


def _within(created: datetime | None, selector: Selector) -> bool:
    if created is None:
        return True
    after = selector.since is None or created >= selector.since
    return after and (selector.until is None or created < selector.until)
