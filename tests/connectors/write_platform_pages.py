"""Writes docs/platforms/*.md from the connectors' declarations: `python -m tests.connectors.write_platform_pages`."""

from __future__ import annotations

from connectors.describe import describe
from tests.connectors.test_describe import OURS, PAGES

if __name__ == "__main__":
    for name, found in OURS.items():
        (PAGES / f"{name}.md").write_text(describe(found))
