"""The platform pages of the documentation come from the declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.model import Connector
from archiver.polling.registry import connectors
from connectors.describe import describe

PAGES = Path(__file__).parents[2] / "docs" / "platforms"
OURS = {name: found for name, found in connectors().items() if type(found).__module__.startswith("connectors.")}


@pytest.mark.parametrize("platform", sorted(OURS))
def test_the_page_of_a_platform_is_what_its_connector_declares(platform: str) -> None:
    """`python -m tests.connectors.write_platform_pages` writes them anew."""
    assert (PAGES / f"{platform}.md").read_text() == describe(OURS[platform])


def test_there_is_no_page_without_a_connector() -> None:
    """A page left behind would promise what is not captured."""
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(OURS)


@pytest.mark.parametrize("found", OURS.values(), ids=OURS)
def test_a_page_names_what_is_not_captured(found: Connector) -> None:
    """The first question of a records officer is what is missing."""
    missing = [stream.not_captured for stream in found.streams if stream.not_captured]
    assert missing
    assert all(f"**Not captured:** {text}." in describe(found) for text in missing)
