"""`make demo`: the main job from registration to bundle, on a sample district that runs on this machine.

Every step is a command of the real program; what it prints is what it would print for a real account.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from archiver.cli.frame import archiver
from archiver.cli.session import Session
from archiver.demo.district import District
from archiver.demo.server import DemoDistrict

FOLDER = Path("demo-archive")
MARKER = ".made-by-the-demo"
TOKEN_NAME = "ARCHIVER_DEMO_TOKEN"
CONFIG = """[agency]
name = "{agency}"

[network]
allow_loopback = true  # the sample district runs on this machine
"""


@dataclass(frozen=True, slots=True)
class Walkthrough:
    """Runs commands of the program one after the other, each shown before its answer."""

    folder: Path
    environ: dict[str, str]

    def say(self, words: str) -> None:
        """A line of explanation."""
        click.echo(f"\n== {words}")

    def run(self, command: str) -> None:
        """One command. A failing one ends the demo with its exit code."""
        click.echo(f"\n$ archiver {command}")
        session = Session(environ=self.environ)
        try:
            archiver.main(["--config", str(self.folder / "archiver.toml"), *shlex.split(command)], obj=session)
        except SystemExit as ended:
            if ended.code:
                sys.exit(f"The demo stopped: the command above ended with exit code {ended.code}.")


def main() -> None:
    """The whole walk, with the time each part took."""
    began = time.monotonic()
    _make_folder(FOLDER)
    with DemoDistrict(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)) as demo:
        (FOLDER / "archiver.toml").write_text(CONFIG.format(agency="Tamarack Hollow School District (sample)"))
        walk = Walkthrough(FOLDER, dict(os.environ) | {TOKEN_NAME: demo.token})
        _tell(walk, demo)
    _close(time.monotonic() - began)


def _tell(walk: Walkthrough, demo: DemoDistrict) -> None:
    walk.say(f"A sample school district answers on {demo.mastodon_url}: a Mastodon-API account and a blog.")
    walk.run("init")
    walk.say("Its two accounts are registered. The credential is only referred to; the platform's id is pinned later.")
    walk.run(
        f"accounts add mastodon --id district-social --handle {demo.handle} --url {demo.mastodon_url}"
        f" --unit 'District office' --owner 'Communications' --level executive --credential env:{TOKEN_NAME}"
    )
    walk.run(
        f"accounts add feed --id district-blog --url {demo.blog_feed_url}"
        " --unit 'District office' --owner 'Communications' --level other"
    )
    walk.say("First poll: posts, comments, nested replies, direct messages, media, edit history.")
    walk.run("poll --all")
    changed, gone = _meanwhile(walk, demo.district)
    walk.say("The next poll notices it. What is not shown any more gets a direct look before it is called absent.")
    walk.run("poll --all --depth rewalk")
    walk.say("The edited post: both versions, and the exchanges that showed them.")
    walk.run(f"item show district-social/{changed}")
    walk.say("The comment that went away: its words stay; what a direct look found is told, and nothing beyond it.")
    walk.run(f"item show district-social/{gone}")
    walk.say("Is anything being lost now? What was walked through, and what was not?")
    walk.run("status")
    walk.run("coverage")
    walk.run("gaps")
    walk.run("search board")
    walk.say("What has reached the end of its retention: two old messages. A post that is shown has no end yet.")
    walk.run("retention due")
    walk.say("A public records request arrives: it holds what it asks for, its clock runs, and a bundle answers it.")
    walk.run(
        "requests open --id demo-1 --requester 'A. Resident' --text 'All posts and comments about the board'"
        " --words board"
    )
    walk.run("requests bundle demo-1")
    walk.run(f"bundle verify {FOLDER}/archive/bundles/demo-1-1.zip")
    walk.run("verify")


def _meanwhile(walk: Walkthrough, district: District) -> tuple[str, str]:
    """Changes the district; returns the ids of the post that was edited and of the comment that went away."""
    edited, removed, added = district.edit_a_post(), district.remove_a_comment(), district.add_a_comment()
    walk.say("Meanwhile, in the district:")
    click.echo(f"   a post was edited:   {edited.before!r} became {edited.after!r}")
    click.echo(f"   a comment went away: {removed.before!r}")
    click.echo(f"   a comment came:      {added.after!r}")
    return edited.id, removed.id


def _make_folder(folder: Path) -> None:
    """An empty folder; only one that an earlier demo made is emptied."""
    if folder.exists() and not (folder / MARKER).exists():
        sys.exit(f"{folder.absolute()} is there and was not made by the demo. Move it away, then start again.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / MARKER).touch()


def _close(seconds: float) -> None:
    here = FOLDER.absolute()
    click.echo(
        f"""
== Done in {seconds:.0f} seconds. Where everything lies:

   {here}/archive/README.txt            what is what
   {here}/archive/spool/*.warc.gz       what the district sent, byte for byte, any WARC tool reads it
   {here}/archive/bundles/demo-1-1.zip  the bundle; unpack it and open index.html

== Try next:

   . .venv/bin/activate && export ARCHIVER_CONFIG={here}/archiver.toml
   archiver search "bound*"
   archiver item show ID          (an id from the search)
   archiver accounts show district-social
   archiver --help"""
    )


if __name__ == "__main__":
    main()
