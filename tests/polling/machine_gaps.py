"""The state machine of polling: which gaps there must be, and which there must not, told from the platform's ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from archiver.model import Gap
from tests.polling.desk import Desk
from tests.polling.machine_faults import CAUSE_OF_NOTHING_THERE, FAULTS
from tests.polling.platform import Asked, Said

GAP_AFTER = 3  # attempts
LONGEST_WAIT = timedelta(hours=1)  # that the archiver lets itself be told, or backs off
LISTED = ("posts", "messages")
SHOWN_LESS = FAULTS["empty page with a next"].causes
NOT_RUNNING = "archiver not running"
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
Subject = tuple[str, str | None]


class Gaps:
    """Every gap has a failure that opened it, every failure that matters has its gap, and time has no other holes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.may_show_less = False  # pages were withheld, or items removed
        self.set_back = False  # the clock was
        self._failures: dict[Subject, list[tuple[datetime, frozenset[str]]]] = defaultdict(list)
        self._in_a_row: dict[str, int] = defaultdict(int)  # failed attempts by line, in this run
        self._run = ""
        self._met: set[str] = set()  # the gaps that were looked at
        self._asked: datetime | None = None  # the latest time at which something was asked
        self._surely_asked: datetime | None = None  # and the archive knows of it for sure

    def learn(self, said: list[Said], *, begun: datetime, killed: bool) -> None:
        """Take in what was said in one poll, and compare."""
        for one in said:
            if causes := _causes(one):
                self._failures[self.about(one.asked)].append((one.asked.at, causes))
            self.may_show_less |= one.wrong == "empty page with a next"
        self._require_reasons(begun)
        self._require_gaps_of(said[:-1] if killed else said)
        if not killed:
            self._require_pauses_told(begun)
        asked = [one.at for one in self.desk.platform.asked]
        self.desk.platform.asked.clear()
        self._asked = _newest(asked, self._asked)
        self._surely_asked = _newest(asked[:-1] if killed else asked, self._surely_asked)

    def require_no_hole_in_time(self) -> None:
        """What was walked and what is a gap cover the time until the last run that ended began, together."""
        ended = self.desk.rows("SELECT begun FROM runs WHERE ended IS NOT NULL ORDER BY rowid DESC LIMIT 1")
        ending = self.desk.rows("SELECT begun FROM runs WHERE ended IS NULL")  # it closes gaps, and then it covers
        since = min((datetime.fromisoformat(begun) for (begun,) in ending), default=EVER[1])
        standing = [gap for gap in self.desk.all_gaps() if gap.subject is None and (gap.closed or EVER[1]) >= since]
        for stream in LISTED if ended else ():
            told = [(gap.start, EVER[1]) for gap in standing if gap.stream in (stream, "profile")]
            _require_no_hole([*self.desk.covered().get(stream, ()), *told], until=datetime.fromisoformat(ended[0][0]))

    def about(self, asked: Asked) -> Subject:
        """The stream and subject a request is about, as gaps name them."""
        if asked.host == "files.example":
            name = asked.path.removeprefix("/")
            return "media", next(p.id for p in self.desk.platform.posts if (name, name) in p.files)
        match asked.path.strip("/").split("/"):
            case [stream]:
                return stream, None
            case [_, item]:
                return "item", item
            case [_, item, stream]:
                return stream, item
        raise AssertionError(asked)

    def _require_reasons(self, begun: datetime) -> None:
        for gap in self.desk.all_gaps():
            assert gap.end is None or gap.start is None or gap.start <= gap.end, gap
            assert (gap.closed is None) == (gap.repair == ""), gap
            if gap.id not in self._met:
                assert self._has_reason(gap, begun), gap
                self._met.add(gap.id)

    def _has_reason(self, gap: Gap, begun: datetime) -> bool:
        if gap.cause == NOT_RUNNING:
            last = self._surely_asked or self._asked
            if self.set_back:  # then it is the archive's own order of times that counts
                last = gap.start
            pause = begun - last if last else timedelta(0)
            return gap.stream == "posts" and gap.subject is None and pause > self._longest_pause
        subject = gap.subject.partition("#")[0] if gap.subject else None
        failures = self._failures[gap.stream, subject]
        if any(at == gap.opened and gap.cause.value in causes for at, causes in failures):
            return True
        return gap.cause.value in SHOWN_LESS and gap.stream in LISTED and self.may_show_less

    def _require_pauses_told(self, begun: datetime) -> None:
        """A time in which nothing was asked, though it could be, stands within a gap of whatever cause."""
        last, allowed = self._asked, self._longest_pause + LONGEST_WAIT
        if last is None or self._surely_asked is None or begun - last <= allowed:
            return
        # What is no gap by itself may stand before it: a run that only came to its end, with nothing left to ask.
        assert any(
            gap.stream in ("posts", "profile") and (gap.start is None or gap.start <= last + self._longest_pause)
            for gap in self.desk.all_gaps()
            if gap.subject is None and (gap.end is None or gap.end + allowed >= begun)
        ), (last, begun)

    @property
    def _longest_pause(self) -> timedelta:
        return timedelta(minutes=2 * self.desk.account.interval_minutes, hours=1)

    def _require_gaps_of(self, said: list[Said]) -> None:
        run = self.desk.rows("SELECT id FROM runs ORDER BY rowid DESC LIMIT 1")
        if run and run[0][0] != self._run:
            self._run = run[0][0]
            self._in_a_row.clear()
        standing = {(gap.stream, gap.subject, gap.cause.value) for gap in self.desk.all_gaps(standing=True)}
        for one in said:
            self._count(one)
            stream, subject = self.about(one.asked)
            if stream != "item" and self._matters(one):
                assert any((stream, subject, cause) in standing for cause in _causes(one)), one

    def _count(self, one: Said) -> None:
        if one.wrong and one.shown is None:
            self._in_a_row[one.asked.line] += 1
        else:
            self._in_a_row.pop(one.asked.line, None)

    def _matters(self, one: Said) -> bool:
        """Whether there is a gap for this: it is one the first time, or has failed too often in a row."""
        if not one.wrong or one.shown is not None:
            return False
        return FAULTS[one.wrong].at_once or self._in_a_row[one.asked.line] >= GAP_AFTER


def _newest(times: list[datetime], before: datetime | None) -> datetime | None:
    return max([*times, before] if before else times, default=None)


def _causes(one: Said) -> frozenset[str]:
    if one.wrong:
        return FAULTS[one.wrong].causes
    return frozenset() if one.shown is not None else frozenset({CAUSE_OF_NOTHING_THERE})


def _require_no_hole(spans: Iterable[tuple[datetime | None, datetime]], *, until: datetime) -> None:
    reached = EVER[0]
    for start, end in sorted((start or EVER[0], end) for start, end in spans):
        if start > reached:
            break
        reached = max(reached, end)
    assert reached >= until, (reached, until)
