"""Failing in silence: replies of status 200 that look well and are not, noticed in one poll and told by `status`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from archiver.checks.status import Standing, standing_of
from archiver.model import Cause
from archiver.model.account import AccountState
from tests.exact_server import Step
from tests.platforms import mangling as wrong
from tests.platforms.prepared import Prepared
from tests.platforms.sites import SITES, site
from tests.platforms.test_counts import COUNTING
from tests.platforms.test_faults import require_reach
from tests.platforms.wire import Asked, Said, Wire
from tests.platforms.world import Fault, Servers, Stage, staged
from tests.polling.desk import QUARTER

LOG_IN = wrong.instead(Said(body=b"<!doctype html><title>Before you continue</title>", type="text/html"))
Ready = Callable[[str], Prepared]


def told_after_one_poll(stage: Stage) -> Standing:
    """What `archiver status` says when the account was polled once more."""
    stage.clock.move(QUARTER)
    stage.poll(stage.id)
    return standing_of(stage.archive, stage.config, stage.clock.now())


def stands(stage: Stage, told: Standing, stream: str, cause: Cause, good: datetime) -> None:
    """One gap of this stream and cause is told, from the last good moment on."""
    (known,) = (gap for gap in told.gaps if gap.account_id == stage.id and gap.stream == stream)
    assert (known.cause, known.closed) == (cause, None)
    assert known.start is not None
    assert known.start <= good
    require_reach(stage)


@pytest.mark.parametrize("name", SITES)
def test_another_account_behind_the_handle_stops_the_account(name: str, prepared: Ready, tmp_path: Path) -> None:
    """The reply is a fine profile, of somebody else: nothing of it is taken in, and a person has to look."""
    with prepared(name).stage(tmp_path / "archive") as stage:
        before = stage.kept()
        stranger = wrong.instead(Said(value=stage.site.stranger()))
        stage.servers.faults = [Fault(to=lambda asked: stage.part(asked) == "profile", does=stranger)]
        told = told_after_one_poll(stage)
        stands(stage, told, "profile", Cause.IDENTITY, prepared(name).now)
        (account,) = (one for one in told.accounts if one.account.id == stage.id)
        assert (account.account.state, account.lost) == (AccountState.STOPPED, True)
        assert "another account answers" in account.account.state_reason
        assert stage.kept() == before


@pytest.mark.parametrize("part", ["profile", "posts"])
@pytest.mark.parametrize("name", SITES)
def test_a_log_in_page_with_status_200_is_no_reply(name: str, part: str, prepared: Ready, tmp_path: Path) -> None:
    """A consent page answers in place of the profile, or of the posts alone."""
    with prepared(name).stage(tmp_path / "archive") as stage:
        stage.servers.faults = [Fault(to=lambda asked: stage.part(asked) == part, does=LOG_IN)]
        told = told_after_one_poll(stage)
        stands(stage, told, part, Cause.UNREADABLE, prepared(name).now)


@pytest.mark.parametrize("name", COUNTING)
def test_a_listing_that_stops_growing_while_its_count_grows_is_told(name: str, prepared: Ready, tmp_path: Path) -> None:
    """The platform counts one post more, and shows none."""
    with prepared(name).stage(tmp_path / "archive") as stage:
        stage.site.told.unseen += 1
        told = told_after_one_poll(stage)
        stands(stage, told, "posts", Cause.SILENT, prepared(name).now)


@pytest.mark.parametrize("name", SITES)
def test_a_listing_from_which_everything_known_vanished_is_told(name: str, prepared: Ready, tmp_path: Path) -> None:
    """It is a fine and empty list; the known posts are there when they are looked at directly."""
    with prepared(name).stage(tmp_path / "archive") as stage:
        empty = wrong.changed(lambda value: value | {stage.site.rows: []})
        stage.servers.faults = [Fault(to=lambda asked: stage.part(asked) == "posts", does=empty)]
        told = told_after_one_poll(stage)
        stands(stage, told, "posts", Cause.SILENT, prepared(name).now)
        assert {stage.seen(post.id) for post in stage.site.told.posts} == {"present"}


@pytest.mark.parametrize("name", SITES)
def test_a_file_that_is_an_error_page_is_told(name: str, servers: Servers, tmp_path: Path) -> None:
    """With status 200, in place of the picture: it is kept as what it is, and is no file."""
    with staged(tmp_path / "archive", servers, site(name, servers)) as stage:
        stage.servers.faults = [Fault(to=lambda asked: stage.part(asked) == "file", does=LOG_IN)]
        stage.finish(stage.id)
        told = standing_of(stage.archive, stage.config, stage.clock.now())
        (known,) = (gap for gap in told.gaps if gap.account_id == stage.id)
        assert (known.stream, known.subject, known.cause) == ("media", stage.site.told.root.id, Cause.UNREADABLE)
        assert "sent a page" in known.detail
        assert stage.files() == set()


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_another_version_of_the_api_than_the_one_asked_is_told(name: str, prepared: Ready, tmp_path: Path) -> None:
    """A version that ended is answered by another one without a word, but for a header."""

    def later(_asked: Asked, honest: Wire) -> list[Step]:
        return [replace(honest, headers=(*honest.headers, ("facebook-api-version", "v27.0"))).bytes()]

    with prepared(name).stage(tmp_path / "archive") as stage:
        stage.servers.faults = [Fault(to=lambda asked: stage.part(asked) == "profile", does=later)]
        told = told_after_one_poll(stage)
        words = [one.notice.words for one in told.notices if one.account_id == stage.id]
        assert [said for said in words if "v26.0 of the Graph API was asked, and v27.0 answered" in said]
        stage.servers.faults = []
        standing = told_after_one_poll(stage).notices
        assert not [one for one in standing if "answered" in one.notice.words]
