"""The fault scripts, the gap that each must leave while it lasts, and where a platform differs, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archiver.model import Cause
from archiver.storage.run_rows import Depth
from tests.platforms import breaking as made
from tests.platforms import mangling as wrong
from tests.platforms.breaking import RENEWING, WRITING, Other, Script, own, plain, rows

_HTML, _C, _DEEP = wrong.instead(wrong.HTML), Cause, Depth.DEEP
_400, _500 = plain(wrong.status(400)), plain(wrong.status(500))
_MAIN: tuple[Script, ...] = (
    Script(name="500 once", does=_500, times=1),
    Script(name="500 for ever", does=_500, gap=_C.SERVER),
    Script(
        name="502 with a page",
        does=plain(wrong.status(502, ("Content-Type", "text/html"), body=b"<h1>Bad")),
        gap=_C.SERVER,
    ),
    Script(name="503 with a time", does=plain(wrong.status(503, ("Retry-After", "120"))), times=1),
    Script(name="429 in seconds", does=plain(wrong.status(429, ("Retry-After", "90"))), times=2),
    Script(name="429 with a date", does=made.in_minutes, times=1),
    Script(name="429 with nonsense", does=plain(wrong.status(429, ("Retry-After", "soon"))), times=1),
    Script(name="429 for ever", does=plain(wrong.status(429)), gap=_C.RATE_LIMIT),
    Script(name="cut body", does=plain(wrong.broken_off(0.9)), gap=_C.CUT),
    Script(name="cut head", does=plain(wrong.broken_off(0.02)), gap=_C.CUT),
    Script(name="length too small", does=plain(wrong.too_short), gap=_C.UNREADABLE),
    Script(name="length too large", does=plain(wrong.too_long), gap=_C.CUT),
    Script(name="gzip truncated", does=plain(wrong.half_packed), gap=_C.CUT),
    Script(name="gzip with a wrong sum", does=plain(wrong.wrong_sum), gap=_C.UNDECODABLE),
    Script(name="gzip that is none", does=plain(wrong.not_packed), gap=_C.UNDECODABLE),
    Script(name="gzip bomb", does=plain(wrong.bomb), gap=_C.TOO_LARGE),
    Script(name="connection reset", does=plain(wrong.reset), gap=_C.NETWORK),
    Script(name="204", does=plain(wrong.status(204)), gap=_C.UNREADABLE),
    Script(name="206", does=plain(wrong.with_status(206)), gap=_C.UNREADABLE),
    Script(name="304 unasked", does=plain(wrong.status(304)), gap=_C.UNREADABLE),
    Script(name="empty 200", does=plain(wrong.status(200)), gap=_C.UNREADABLE),
    Script(name="log-in page", does=plain(_HTML), gap=_C.UNREADABLE),
    Script(name="array for an object", does=plain(wrong.changed(lambda value: [value])), gap=_C.UNREADABLE),
    Script(
        name="null everywhere",
        does=plain(wrong.changed(made.empty)),
        gap=_C.UNREADABLE,
    ),
    Script(name="null for the page", does=plain(wrong.changed(lambda _value: None)), gap=_C.UNREADABLE),
    Script(name="unknown fields", does=plain(wrong.changed(wrong.enriched))),
    Script(
        name="types changed",
        does=plain(wrong.changed(made.of_other_types)),
        gap=_C.UNREADABLE,
    ),
    Script(name="items twice", does=rows(lambda page: [*page, *page])),
    Script(name="page twice", does=made.first_page_again, page="2", depth=_DEEP),
    Script(name="empty page with a next", does=rows(lambda _page: []), page="2", depth=_DEEP),
    Script(name="page leads to itself", does=made.leads_to("2"), page="2", depth=_DEEP, gap=_C.UNREADABLE),
    Script(name="pages in circles", does=made.leads_to("2"), page="4", depth=_DEEP, gap=_C.LOOP),
    Script(name="moved to another host", does=made.elsewhere, gap=_C.UNREADABLE),
    Script(name="moved in circles", does=made.in_circles, gap=_C.LOOP),
    Script(name="401", does=plain(wrong.status(401)), gap=_C.AUTH),
    Script(name="403", does=plain(wrong.status(403)), gap=_C.FORBIDDEN),
    Script(name="404", does=plain(wrong.status(404)), gap=_C.MISSING),
    Script(name="410", does=plain(wrong.status(410)), gap=_C.GONE, stops=True),
    Script(name="token dead", does=own("dead"), gap=_C.AUTH),
    Script(name="throttled", does=own("slow"), gap=_C.RATE_LIMIT),
    Script(name="no permission", does=own("forbidden"), gap=_C.FORBIDDEN),
    Script(name="no such object", does=own("missing"), gap=_C.MISSING),
    Script(name="token dead, with status 200", does=own("dead", 200), gap=_C.AUTH),
    Script(name="no permission, with status 200", does=own("forbidden", 200), gap=_C.FORBIDDEN),
    Script(name="another account", does=made.stranger, part="profile", gap=_C.IDENTITY, stops=True),
    Script(name="log-in page for the profile", does=plain(_HTML), part="profile", gap=_C.UNREADABLE),
    Script(name="500 for the profile", does=_500, part="profile", gap=_C.SERVER),
    Script(name="certificate of another", begin=made.wrong_name, mend=made.honest_again, part="profile", gap=_C.TLS),
    Script(name="certificate out of date", begin=made.lapsed, mend=made.honest_again, part="profile", gap=_C.TLS),
    Script(name="token revoked mid-walk", does=made.revoked, page="2", times=1, depth=_DEEP, mend=made.reconnect),
    Script(name="one item unreadable", does=rows(lambda page: [*page[:-1], {"strange": True}]), gap=_C.UNREADABLE),
    Script(name="empty listing of a full account", does=rows(lambda _page: []), gap=_C.SILENT),
    Script(name="a count that grows alone", begin=made.counted_more, mend=made.shown_at_last, gap=_C.SILENT),
    Script(name="500 for comments", does=_500, part="comments", gap=_C.SERVER),
    Script(name="log-in page for comments", does=plain(_HTML), part="comments", gap=_C.UNREADABLE),
    Script(
        name="thread leads to itself", does=made.leads_to("1"), part="comments", only=made.PAGING, gap=_C.UNREADABLE
    ),
    Script(name="500 for messages", does=_500, part="messages", only=WRITING, gap=_C.SERVER),
    Script(name="403 for messages", does=plain(wrong.status(403)), part="messages", only=WRITING, gap=_C.FORBIDDEN),
    Script(name="file not there", does=plain(wrong.status(404)), part="file", gap=_C.MISSING, fresh=True),
    Script(name="a page for a file", does=plain(_HTML), part="file", gap=_C.UNREADABLE, fresh=True),
    Script(name="500 for a file", does=_500, part="file", gap=_C.SERVER, fresh=True),
    Script(name="certificate of nobody known", begin=made.unknown, mend=made.honest_again, part="profile", gap=_C.TLS),
    Script(
        name="renewal down",
        begin=made.restarted,
        does=_500,
        part="renewal",
        only=RENEWING,
        gap=_C.SERVER,
    ),
    Script(
        name="renewal refused",
        begin=made.restarted,
        does=plain(wrong.status(400)),
        part="renewal",
        only=RENEWING,
        gap=_C.AUTH,
    ),
    Script(name="strange signs in a text", begin=made.strange_signs),
    Script(name="numbers beyond measure", does=plain(wrong.changed(made.huge))),
)

# What only some accounts have: a live chat, caption tracks (asked for once), recommendations.
_BESIDE = (("youtube-live", "chat", False), ("youtube-live", "captions", True), ("facebook-proved", "reviews", False))
_ALIKE = (
    *("500 once", "500 for ever", "429 in seconds", "cut body", "gzip truncated", "gzip with a wrong sum", "204"),
    *("connection reset", "empty 200", "log-in page", "array for an object", "null for the page", "404", "403"),
    *("unknown fields", "one item unreadable", "items twice", "numbers beyond measure"),
)
SCRIPTS = (
    *_MAIN,
    *(
        replace(script, name=f"{script.name}, in {part}", part=part, only=(site,), fresh=fresh)
        for site, part, fresh in _BESIDE
        for script in _MAIN
        if script.name in _ALIKE
    ),
)

_HELD = "its token is stored by a person: everything outstanding waits for that"
_ONE_CODE = "code 100 is said of what is not there and of what is not shown; a listing is taken to be the latter"
OTHERS: Mapping[tuple[str, str], Other] = {
    ("facebook", "no such object"): Other(gap=_C.FORBIDDEN, why=_ONE_CODE),
    ("instagram", "no such object"): Other(gap=_C.FORBIDDEN, why=_ONE_CODE),
    ("facebook", "token revoked mid-walk"): Other(gap=_C.AUTH, everywhere=True, why=_HELD),
    ("instagram", "token revoked mid-walk"): Other(gap=_C.AUTH, everywhere=True, why=_HELD),
    ("youtube-by-key", "token revoked mid-walk"): Other(gap=_C.AUTH, everywhere=True, why=_HELD),
    ("facebook", "a count that grows alone"): Other(gap=None, why="a page does not tell how many posts it has"),
    ("youtube", "page leads to itself"): Other(gap=_C.LOOP, why="the page of uploads is asked for by its videos"),
    ("bluesky", "token dead, with status 200"): Other(gap=_C.UNREADABLE, why="errors of the protocol have a status"),
    ("bluesky", "no permission, with status 200"): Other(gap=_C.UNREADABLE, why="errors of the protocol have a status"),
}
