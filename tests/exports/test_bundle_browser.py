"""A bundle opens from a disk in a real browser: without scripts, without a network, with its pictures."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.exports import bundle_samples as samples
from tests.exports.hostile import PAYLOADS

pytestmark = pytest.mark.browser

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PAGES = ("index.html", "coverage.html", "pages/0001.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system installed it."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="module")
def data_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle unpacked to a disk: the rich items, and behind them one item for each hostile text."""
    items, media = samples.rich_items()
    items += [
        samples.item(number, id=f"hostile-{number}", link=text, versions=(samples.version(title=text, text=text),))
        for number, text in enumerate(PAYLOADS, start=6)
    ]
    data, _ = samples.bundle(items, media=media, records=[[samples.record(1)]])
    where = tmp_path_factory.mktemp("bundle")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(where)
    return where / "request-2026-014" / "data"


class Watched:
    """A page, what it asked for outside the disk, and what the browser complained about."""

    def __init__(self, browser: Browser, *, scripts: bool) -> None:
        self.context = browser.new_context(java_script_enabled=scripts)
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self.context.route("**/*", self._route)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))

    def _route(self, route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scripts", [False, True])
def test_every_page_opens_and_asks_for_nothing_outside(
    browser: Browser,
    data_directory: Path,
    name: str,
    scripts: bool,  # noqa: FBT001
) -> None:
    """With scripts off and on: one heading, no request that leaves the disk, nothing for the browser to complain of."""
    watched = Watched(browser, scripts=scripts)

    watched.page.goto((data_directory / name).as_uri(), wait_until="load")

    assert watched.page.locator("h1").count() == 1
    assert watched.page.locator("main").count() == 1
    assert watched.page.locator("script, iframe, object, embed, form, base, link").count() == 0
    assert (watched.outside, watched.complaints) == ([], [])
    watched.context.close()


def test_pictures_are_shown_from_the_disk(browser: Browser, data_directory: Path) -> None:
    """The page's own policy lets its pictures load, and style applies."""
    watched = Watched(browser, scripts=True)
    watched.page.goto((data_directory / "pages/0001.html").as_uri(), wait_until="load")

    for picture in watched.page.locator("img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
    sizes = watched.page.locator("img").evaluate_all("all => all.map(image => [image.naturalWidth, image.alt])")

    assert sizes == [
        [320, "The district's logo on a green ground"],
        [320, "No description was given by the author."],
    ]
    assert watched.page.locator(".item").first.evaluate("node => getComputedStyle(node).borderTopStyle") == "solid"
    watched.context.close()


def test_the_policy_would_stop_what_escaping_let_through(browser: Browser, data_directory: Path) -> None:
    """The second line holds by itself: a script, a style and a far picture put into a page do nothing."""
    page = data_directory / "pages" / "planted.html"
    planted = (
        "<script>document.title = 'owned'</script>"
        "<img src='https://outside.example/x.png' onerror=\"document.title = 'owned'\">"
        "<p id='planted' style='border-top: 9px solid red'>x</p>"
    )
    text = (data_directory / "pages/0001.html").read_text(encoding="utf-8")
    page.write_text(text.replace("<h1>", planted + "<h1>"), encoding="utf-8")
    watched = Watched(browser, scripts=True)

    watched.page.goto(page.as_uri(), wait_until="load")

    border = watched.page.locator("#planted").evaluate("node => getComputedStyle(node).borderTopWidth")
    assert (watched.page.title() == "owned", border, watched.outside) == (False, "0px", [])
    assert any("Content Security Policy" in complaint for complaint in watched.complaints)
    watched.context.close()
    page.unlink()


def test_a_keyboard_reaches_the_content_first(browser: Browser, data_directory: Path) -> None:
    """The first stop of the tab key is a visible link that skips to the content."""
    watched = Watched(browser, scripts=True)
    watched.page.goto((data_directory / "index.html").as_uri())

    watched.page.keyboard.press("Tab")

    focused = watched.page.locator(":focus")
    assert (focused.inner_text(), focused.is_visible()) == ("Skip to the content", True)
    box = focused.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    watched.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, data_directory: Path, scheme: str) -> None:
    """Every text has a contrast of at least 4.5 to 1 against what is behind it (WCAG 1.4.3), in both schemes."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()

    for name in PAGES:
        page.goto((data_directory / name).as_uri())
        assert page.evaluate(CONTRAST) == []
    context.close()


@pytest.mark.parametrize("name", ["index.html", "pages/0001.html"])
def test_nothing_is_cut_off_on_a_narrow_screen(browser: Browser, data_directory: Path, name: str) -> None:
    """At 320 CSS pixels nothing but a table needs scrolling sideways (WCAG 1.4.10)."""
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto((data_directory / name).as_uri())

    wide = page.evaluate(
        "() => [...document.querySelectorAll('body *')].filter(node => !node.closest('table, .skip')"
        " && node.getBoundingClientRect().right > 321).map(node => node.outerHTML.slice(0, 90))"
    )

    assert wide == []
    context.close()


CONTRAST = """() => {
  const channel = value => { value /= 255; return value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue;
    const one = light(parse(getComputedStyle(node).color)), two = light(ground(node));
    const ratio = (Math.max(one, two) + .05) / (Math.min(one, two) + .05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${node.outerHTML.slice(0, 80)}`);
  }
  return low;
}"""
