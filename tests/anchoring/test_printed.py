"""A page can be read, read out, and typed in again; it says who, how many, and what to do."""

from __future__ import annotations

from archiver.anchoring import printed
from archiver.anchoring.printed import Group, Sheet
from archiver.storage.ledger import checkpoints, signed_note
from tests.anchoring.ledger import NAME, note

ROOT = bytes(range(0x90, 0xB0))
SHEET = Sheet(
    agency="Tamarack <b>Hollow</b> & Søn",
    printed="2026-11-21 14:00 PST",
    note=note(1_234_567, ROOT).decode(),
)


def test_the_digits_come_in_numbered_groups_with_their_words() -> None:
    """Each digit has one word that sounds like no other."""
    groups = SHEET.groups

    assert "".join(group.digits for group in groups) == ROOT.hex()
    assert groups[0] == Group(number=1, digits="9091", spoken="nine zero nine one")
    assert groups[15] == Group(number=16, digits="aeaf", spoken="alfa echo alfa foxtrot")


def test_the_text_fits_a_page_and_holds_the_checkpoint_to_the_letter() -> None:
    """At most 100 columns but for the checkpoint itself, which can be cut out and verified."""
    text = printed.as_text(SHEET)
    body, _, kept = text.partition("The checkpoint to the letter:\n\n")

    assert max(map(len, body.splitlines())) <= 100
    assert signed_note.parse(kept.encode()) == signed_note.parse(SHEET.note.encode())
    assert [line for line in body.splitlines() if line.startswith(("Agency", "Ledger", "Entries", "Printed"))] == [
        "Agency    Tamarack <b>Hollow</b> & Søn",
        f"Ledger    {NAME}",
        "Entries   1,234,567",
        "Printed   2026-11-21 14:00 PST",
    ]
    assert all(" ".join(step.split()[:6]) in " ".join(body.split()) for step in printed.WHAT_TO_DO)


def test_the_page_in_html_loads_nothing_and_shows_names_as_text() -> None:
    """No script, no address, no markup out of a name."""
    page = printed.as_html(SHEET)

    assert "Tamarack &lt;b&gt;Hollow&lt;/b&gt; &amp; Søn" in page
    assert not any(word in page for word in ("<script", "http:", "https:", "src=", "href="))
    assert page.count('class="digits"') == 16
    assert checkpoints.parse_body(signed_note.parse(SHEET.note.encode()).text).size == 1_234_567
