"""Golden pairs by file name: NAME.request.json and NAME.body.* are read, NAME.page.json is what must come out.

After a wanted change of reading, `python -m tests.connectors.cases` writes the expected pages anew; read the difference
before committing it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.golden import Case, case_from_json, page_to_json

HERE = Path(__file__).parent
NAMES = sorted(
    f"{path.parent.name}/{path.name.removesuffix('.request.json')}" for path in HERE.glob("*/*.request.json")
)


def case(name: str) -> Case:
    """The request and reply of a case, such as `feed/rss`."""
    body = next((HERE / name).parent.glob(f"{Path(name).name}.body.*"))
    return case_from_json(json.loads((HERE / f"{name}.request.json").read_text()), body.read_bytes())


def expected(name: str) -> Any:
    """The page of a case, as JSON values."""
    return json.loads((HERE / f"{name}.page.json").read_text())


def write_all() -> None:
    """What the connectors read now, as the expected pages."""
    from archiver.polling.registry import connector

    for name in NAMES:
        found = case(name)
        page = connector(found.account.platform).read(found.account, found.fetch, found.reply)
        text = json.dumps(page_to_json(page), indent=2, ensure_ascii=False)
        (HERE / f"{name}.page.json").write_text(text + "\n")


if __name__ == "__main__":
    write_all()
