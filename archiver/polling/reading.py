"""Reading a reply: the one way, live, after a crash and in a rebuild."""

from __future__ import annotations

from archiver.errors import ArchiverError
from archiver.model import Account, CaptureNote, Connector, Fetch, Judged, Judging, Means, Page, Reply, Role
from archiver.polling.verdict import Action, verdict
from archiver.storage.ingest import tidied_page
from archiver.storage.told import Told

# What a fault in a connector raises. Its capture is kept, marked unread, and read again once the fault is mended.
_FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
NOT_DECODED = "the body cannot be decoded"
_PAGE_TYPES = ("text/html", "application/xhtml+xml")


def read_reply(connector: Connector, account: Account, note: CaptureNote, reply: Reply) -> Told:
    """What a kept reply tells: a page, or why there is none. Never raises for what a platform sent.

    Of a file, the reply's body is not read; its length stands in the note.
    """
    fetch = note.fetch
    media_type = (reply.header("content-type") or "").partition(";")[0].strip().lower()
    location = reply.header("location") or ""
    if note.role is Role.MEDIA:
        problem = _media_problem(note, media_type)
        return Told(page=None, problem=problem, media_type=media_type, location=location)
    judged = judged_by(connector, account, fetch, reply)
    if judged is not None and judged.means is Means.NOTHING:
        return Told(page=Page(), media_type=media_type)
    if judged is not None:
        means = judged.means if judged.means is Means.ABSENT else Means.REFUSED
        return Told(page=None, media_type=media_type, means=means, detail=judged.detail)
    if verdict(reply.status, (), reply.received, conditional=False).action is not Action.KEEP:
        return Told(page=None, media_type=media_type, location=location)
    try:
        page = tidied_page(connector.read(account, fetch, reply))
    except ArchiverError as error:
        return Told(page=None, problem=error.what, media_type=media_type)
    except _FAULTS as fault:
        problem = f"the {connector.platform} connector could not read it ({type(fault).__name__})"
        return Told(page=None, problem=problem, media_type=media_type)
    if stranger := another_account(account, page):
        return Told(page=None, problem=stranger, media_type=media_type, stranger=True)
    return Told(
        page=page,
        media_type=media_type,
        etag=reply.header("etag") or "",
        last_modified=reply.header("last-modified") or "",
    )


def judged_by(connector: Connector, account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
    """What the platform means by a reply beyond its status, where its connector can tell."""
    if not isinstance(connector, Judging):
        return None
    try:
        return connector.judge(account, fetch, reply)
    except (ArchiverError, *_FAULTS):  # then its status must do; reading it will say what is wrong
        return None


def another_account(account: Account, page: Page) -> str:
    """Why a page must not be taken for this account's; empty where it may."""
    if page.identity is None or account.platform_id in (None, page.identity.platform_id):
        return ""
    return f"another account answers: pinned is {account.platform_id}, the reply speaks for {page.identity.platform_id}"


def _media_problem(note: CaptureNote, media_type: str) -> str:
    if 200 <= note.status < 300 and media_type in _PAGE_TYPES:
        return f"the server sent a page ({media_type}) in place of the file"
    if 200 <= note.status < 300 and not note.payload_length:
        return "the server sent nothing in place of the file"
    return ""
