"""What a retention schedule says, what is known of one item, and what follows for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from archiver.model.coverage import Seen
from archiver.model.item import Kind
from archiver.model.selector import Selector


class Standing(StrEnum):
    """Why an authority may be relied on. What is only remembered has no standing and is never loaded."""

    VERIFIED = "verified"  # read in the source it names
    ADOPTED = "adopted"  # supplied by the agency's own records officer


class TriggerEvent(StrEnum):
    """The events of a schedule that the archive can date by itself."""

    RECEIVED_OR_PROVIDED = "received-or-provided"


class Trigger(StrEnum):
    """The date of an item a period is counted from; the value is the name of the field that holds it."""

    CREATED = "created"
    ABSENT = "absent_since"


class HoldCause(StrEnum):
    """Why items are held."""

    LITIGATION = "litigation"
    AUDIT = "audit"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A minimum period in calendar years and months."""

    years: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionAuthority:
    """One series of a retention schedule, as one edition states it.

    Fields that were not verified are None. `period` is None where `period_text` could not be read as years or months;
    `counts_from` is None where the archive cannot date the trigger. Either means: retain.
    """

    dan: str
    schedule: str
    source: str
    retrieved: date
    status: Standing
    verified_fields: tuple[str, ...]
    edition: str | None = None
    revision: str | None = None
    title: str | None = None
    trigger: str | None = None
    counts_from: TriggerEvent | None = None
    period_text: str | None = None
    period: Period | None = None
    disposition: str | None = None
    archival: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """A person's assignment of an item to an authority: who, when, why. It outranks every rule.

    `dan` None puts the item back into the unclassified queue.
    """

    item_id: str
    dan: str | None
    who: str
    when: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Items that may not be disposed of, for litigation, an audit, or an open public records request."""

    id: str
    cause: HoldCause
    selector: Selector
    reason: str
    placed: datetime
    released: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What is known of one item, as far as selectors and retention ask.

    `texts` are the fields words are looked for in (title, text, and so on, of every version kept). `first_seen` is
    when the archive first captured it. `absent_since` is the time of the first of the latest unbroken row of direct
    looks that showed it absent, `absent_checks` how many different runs made those looks; a later look that shows it
    present clears both. `seen` is what the latest look showed.
    """

    id: str
    account_id: str
    kind: Kind
    remote_id: str
    first_seen: datetime
    author_id: str = ""
    author_handle: str = ""
    thread: str | None = None
    texts: tuple[str, ...] = ()
    created: datetime | None = None
    edited: datetime | None = None
    seen: Seen | None = None
    absent_since: datetime | None = None
    absent_checks: int = 0
    context: bool = False
    classification: Classification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is true of one item, computed; a person may still decide otherwise.

    `dan` None: unclassified, kept as under `meanwhile`, the longest candidate. `rule_id` is the rule that decided,
    `person` where a person did, empty where nobody did. `trigger_date` None: no clock has begun. `due_date` is the
    first day (in Washington) after the end of the period. `held_by` are the ids of the holds that catch the item.
    """

    item_id: str
    dan: str | None
    rule_id: str
    reason: str
    trigger: Trigger | None = None
    trigger_date: date | None = None
    due_date: date | None = None
    held_by: tuple[str, ...] = ()
    disposition: str | None = None
    archival: str | None = None
    meanwhile: str | None = None
    due: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One range over the items: those whose `column` is before `bound` have reached the end of their period.

    An item is selected where its account and kind are listed, `context` is the same (None: either), and its `column`
    is before `bound`; each field of `also` is before it too, or empty; it has at least `absent_checks`. With `after`,
    one of these times is not before that: only what has come to its end since it was the bound. Rules speak
    of items no person has classified (`assigned` false); an assigned scan of those a person has put under `dan`.
    Holds are not in it: what they catch is taken out afterwards.
    """

    rule_id: str
    dan: str
    account_ids: tuple[str, ...]
    kinds: tuple[Kind, ...]
    column: Trigger
    bound: datetime
    also: tuple[str, ...] = ()
    absent_checks: int = 0
    context: bool | None = False
    assigned: bool = False
    after: datetime | None = None

    @property
    def bound_text(self) -> str:
        """The bound to compare stored times with as text: six decimals sort before every way to write its second."""
        return self.bound.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def selects(self, facts: ItemFacts) -> bool:
        """Whether this range holds the item; what the database's form of it must agree with."""
        return (
            facts.account_id in self.account_ids
            and facts.kind in self.kinds
            and self.context in (None, facts.context)
            and self._classified(facts.classification)
            and facts.absent_checks >= self.absent_checks
            and self._before(facts, self.bound)
            and not (self.after and self._before(facts, self.after))
        )

    def _classified(self, by_person: Classification | None) -> bool:
        return by_person is not None and by_person.dan == self.dan if self.assigned else by_person is None

    def _before(self, facts: ItemFacts, bound: datetime) -> bool:
        first: datetime | None = getattr(facts, self.column)
        others = (getattr(facts, name) for name in self.also)
        return first is not None and first < bound and all(other is None or other < bound for other in others)
